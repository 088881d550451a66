import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { CollectOptions } from '../../internal/streams/collect.js';
import type { Registry } from '../../name/reference.js';
import type { HttpMethod } from '../guard/http-client.js';

// Start reading this room here, then read `direct-session`: it pings the registry, sends requests, follows redirects
// and retries. `session-context` turns the options of a session into the objects that its parts share.

/** A request body that can be sent again: every attempt opens it again. */
export interface RequestBody {
  /** The number of bytes that {@link open} yields. Without it the body is sent with chunked transfer coding. */
  readonly size?: number | undefined;
  /** Opens a stream of the body. The session owns the stream and destroys it whether the attempt succeeds or fails. */
  open(options: AbortOptions): Readable | Promise<Readable>;
}

/** A request to a registry. The session adds credentials, follows redirects and retries. */
export interface SessionRequest extends AbortOptions {
  readonly method: HttpMethod;
  /** A path on the registry such as `/v2/app/tags/list?n=100`, or a URL that the server chose. */
  readonly target: string | URL;
  /** The token scopes that the operation needs. The scope of the target repository comes first. */
  readonly scopes: readonly string[];
  /** Names are in lower case. Other servers, to which a redirect leads, see only a few harmless headers of these. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RequestBody | Uint8Array | undefined;
  /** Statuses for which the request resolves. Every other status becomes an error. */
  readonly expect: readonly number[];
  /** Longest wait for the headers of the response. It counts only if it is shorter than the client's own limit. */
  readonly headersTimeoutMs?: number | undefined;
  /** Bytes of a blob that the registry moves and checks before it responds. The client waits longer if there are many. */
  readonly commitBytes?: number | undefined;
  /** `false` makes a single attempt and leaves retries to the caller. @default true */
  readonly retry?: boolean | undefined;
  /**
   * For a document such as a manifest: its body is read within these limits before the request resolves. If the
   * connection breaks before the end of the body, the document is requested again.
   */
  readonly document?: Omit<CollectOptions, 'signal'> | undefined;
  /** For the URL of a foreign layer: never sends credentials of the registry, even to its own origin. @default false */
  readonly anonymous?: boolean | undefined;
}

/** The response to a request, as soon as its headers have arrived. */
export interface SessionResponse {
  /** One of the statuses that the request expects. */
  readonly status: number;
  /** The names are in lower case; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The URL that sent the response, after redirects. Relative links in the response resolve against it. */
  readonly url: URL;
  /** The caller owns the stream: drain it or destroy it. */
  readonly body: Readable;
  /** Set if a mirror sent the response: call it if the body does not match its digest. The mirror is suspended then. */
  readonly distrust?: (() => void) | undefined;
}

/** An authenticated session with one registry: it pings once, obtains tokens per scope, retries and follows redirects. */
export interface Session {
  readonly registry: Registry;
  /** The same session without mirrors, for reads that decide about a write; undefined if there are no mirrors. */
  readonly direct?: Session | undefined;
  /**
   * Sends a request. The promise resolves when the headers of the response have arrived.
   *
   * @throws NotFoundError for status 404, unless `expect` has it.
   * @throws AuthError if the credentials cannot be found or are refused: 401 and 403, unless `expect` has them.
   * @throws RegistryBlockedError if the settings block the repository.
   * @throws TransportError for every other failure.
   */
  request(request: SessionRequest): Promise<SessionResponse>;
}
