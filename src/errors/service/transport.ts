import { ContainerError, type ContainerErrorOptions } from '../base.js';

/** One entry of a registry's error response. */
export interface Diagnostic {
  /** A code of the distribution specification, such as `MANIFEST_UNKNOWN`. */
  readonly code: string;
  /** The registry's explanation; empty if it gave none. */
  readonly message: string;
  /** Data of any form that the registry added. */
  readonly detail?: unknown;
}

/**
 * Which exchange of an operation failed: the `request` itself, or an exchange that had to precede it or follow
 * from it. Only a response to the request itself says something about the requested object. A redirect to the same
 * object of another registry still counts as the request; a redirect to a storage service is a `redirect`.
 */
export type TransportStep = 'ping' | 'token' | 'request' | 'redirect';

/** What a {@link TransportError} knows about its request and the response. */
export interface TransportErrorDetails extends ContainerErrorOptions {
  /** The request's HTTP method. */
  readonly method?: string | undefined;
  /** The URL without credentials and signed query parameters; this class does not redact it. */
  readonly url?: string | undefined;
  /** @default 'request' */
  readonly step?: TransportStep | undefined;
  /** Status of the response; undefined if there was no response. */
  readonly status?: number | undefined;
  /** The entries of the registry's error response. @default none */
  readonly diagnostics?: readonly Diagnostic[] | undefined;
  /** Whether the same request may succeed later. @default false */
  readonly temporary?: boolean | undefined;
  /** Milliseconds that the server asked the client to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** A request failed: the connection failed, or the server responded with an error. */
export class TransportError extends ContainerError<'TRANSPORT'> {
  static {
    this.prototype.name = 'TransportError';
  }

  /** The request's HTTP method; undefined if the failure is not about one request. */
  readonly method: string | undefined;
  /** The request's URL without credentials and signed query parameters. */
  readonly url: string | undefined;
  /** Which exchange failed; a 404 means "not found" only if this is `request`. */
  readonly step: TransportStep;
  /** The status of the response; undefined if there was no response. */
  readonly status: number | undefined;
  /** The entries of the registry's error response, in its order; empty if it had none. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
  /** Milliseconds that the server asked the client to wait before the next request; undefined if it did not ask. */
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
