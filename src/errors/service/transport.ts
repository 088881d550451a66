import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** One entry of a registry's error answer. */
export interface Diagnostic {
  /** A code of the distribution specification, such as `MANIFEST_UNKNOWN`. */
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/**
 * Which exchange of an operation failed: the `request` itself, or one that had to precede it or follow from it. Only a
 * response to the request itself says something about what was asked for. A redirect to the same object of another
 * registry is still the request; one to a storage service is a `redirect`.
 */
export type TransportStep = 'ping' | 'token' | 'request' | 'redirect';

export interface TransportErrorDetails extends ContainerErrorOptions {
  readonly method?: string | undefined;
  /** Already redacted. */
  readonly url?: string | undefined;
  /** @default 'request' */
  readonly step?: TransportStep | undefined;
  /** Status of the answer; undefined if there was none. */
  readonly status?: number | undefined;
  readonly diagnostics?: readonly Diagnostic[] | undefined;
  readonly temporary?: boolean | undefined;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** A request failed: the network broke, or the server answered with an error. */
export class TransportError extends ContainerError<'TRANSPORT'> {
  static {
    this.prototype.name = 'TransportError';
  }

  readonly method: string | undefined;
  /** The request's URL without credentials and signed query parameters. */
  readonly url: string | undefined;
  /** Which exchange failed; a 404 means "not found" only if this is `request`. */
  readonly step: TransportStep;
  readonly status: number | undefined;
  /** What the registry said, entry by entry. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: TransportErrorDetails = {}) {
    super('TRANSPORT', message, details);
    this.method = details.method;
    this.url = details.url;
    this.step = details.step ?? 'request';
    this.status = details.status;
    this.diagnostics = Object.freeze([...(details.diagnostics ?? [])]);
    this.temporary = details.temporary ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}
