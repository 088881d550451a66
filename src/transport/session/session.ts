import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { CollectOptions } from '../../internal/streams/collect.js';
import type { Registry } from '../../name/reference.js';
import type { HttpMethod } from '../guard/client.js';

/** A body that can be sent again: every attempt opens it anew. */
export interface RequestBody {
  /** Bytes that {@link open} yields; chunked transfer if unknown. */
  readonly size?: number | undefined;
  open(options: AbortOptions): Readable | Promise<Readable>;
}

export interface SessionRequest extends AbortOptions {
  readonly method: HttpMethod;
  /** A path on the registry such as `/v2/app/tags/list?n=100`, or a URL that the server chose. */
  readonly target: string | URL;
  /** Token scopes that the operation needs, the target repository's first. */
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RequestBody | Uint8Array | undefined;
  /** Statuses that are returned; any other becomes a TransportError. */
  readonly expect: readonly number[];
  /** Longest wait for the headers of the response, if that is less than the client's. */
  readonly headersTimeoutMs?: number | undefined;
  /** Bytes of a blob that the registry takes in before it responds, for which it is given time. */
  readonly commits?: number | undefined;
  /** `false` leaves retries to the caller. */
  readonly retry?: boolean | undefined;
  /**
   * For documents: their body is read within these limits before the request counts as answered, so that one which
   * breaks off is asked for again.
   */
  readonly document?: Omit<CollectOptions, 'signal'> | undefined;
  /** A foreign layer's URL: never sees credentials of the registry, whatever its origin. */
  readonly anonymous?: boolean | undefined;
}

export interface SessionResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Where the answer came from after redirects; server-chosen links resolve against it. */
  readonly url: URL;
  /** The caller owns it: drain it or destroy it. */
  readonly body: Readable;
  /** Set by a mirror: to be called if the body was not what its digest says, so that others are asked from now on. */
  readonly distrust?: (() => void) | undefined;
}

/** An authenticated conversation with one registry: one ping, tokens per scope, retries, redirects. */
export interface Session {
  readonly registry: Registry;
  /** The same without mirrors, for reads that decide about a write; undefined if there are none. */
  readonly direct?: Session | undefined;
  request(request: SessionRequest): Promise<SessionResponse>;
}
