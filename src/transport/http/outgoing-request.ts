import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { type ContainerError, isContainerError } from '../../errors/base.js';
import { markDisposable } from '../../internal/streams/disposable.js';
import { hasNoBody, joinHeaders } from './response-headers.js';
import type { Route } from './agents.js';
import type { HttpRequest, HttpResponse } from '../guard/http-client.js';
import type { ResolvedClientOptions } from './client-options.js';
import { guardPeer } from './lookup.js';
import { openNativeRequest } from './native-request.js';
import {
  networkErrorCode,
  isUnreachable,
  networkError,
  NO_CONNECTION,
  proxyError,
  type TimeoutCode,
  timeoutError,
  STALLED,
} from '../wire/network-error.js';
import { publish } from '../wire/diagnostics.js';
import { redactUrl } from '../wire/redact.js';
import { readCapped } from '../wire/read-capped.js';
import { timedBody } from './timed-body.js';
import { proxyRefusal } from './tunnel.js';
import { startUpload, type Upload } from './upload.js';
import { watch } from './watchdog.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

// Start reading this room in `got-client`, which sends a request with a pool of connections (`agents`). An outgoing
// request has three parts: `upload` writes its body, `watchdog` limits the time until the response, and `timed-body`
// limits the time of the response body.

/** Makes the HTTP library run one request. The stream emits `response` and then yields the body. */
export type OpenStream = (request: HttpRequest, openNative: () => ClientRequest) => Duplex;

/** Cap, in bytes, on the body of a response that came before its request was complete. */
const EARLY_CAP = 64 * 1024;
/** Longest time that such a body may take. */
const EARLY_MS = 5000;
/** Bytes per second that a server is expected to move and check when a blob is committed. */
const COMMIT_RATE = 10_000_000;
/** Codes of a connection that the server has closed. */
const STALE = new Set(['ECONNRESET', 'EPIPE']);

/**
 * One request, from opening its connection to the end of the response body. If anything fails, the request and the
 * response are destroyed, and the first reason is reported.
 */
export class OutgoingRequest {
  readonly #route: Route;
  readonly #request: HttpRequest;
  readonly #options: ResolvedClientOptions;
  /** The stream of the HTTP library. */
  readonly #stream: Duplex;
  #native: ClientRequest | undefined;
  #upload: Upload | undefined;
  #body: Readable | undefined;
  #failure: Error | undefined;

  /** Resolves when the headers of the response have arrived. */
  readonly response: Promise<HttpResponse>;

  constructor(open: OpenStream, route: Route, request: HttpRequest, options: ResolvedClientOptions) {
    this.#route = route;
    this.#request = request;
    this.#options = options;
    this.#stream = open(request, () => this.#openNative());
    request.signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.response = this.#awaitResponse();
  }

  /** Whether the error came from a pooled connection that the server had closed before the request was sent. */
  wasStale(error: unknown): boolean {
    const isReused = this.#native?.reusedSocket === true;
    return this.#failure === undefined && isReused && STALE.has(networkErrorCode(error) ?? '');
  }

  #openNative(): ClientRequest {
    const request = this.#request;
    const native = openNativeRequest(this.#route, request, this.#options);
    this.#native = native;
    native.once('socket', (socket) => {
      try {
        if (this.#route.proxy === undefined) guardPeer(request.guard, socket, request.url);
      } catch (error) {
        this.#fail(error);
      }
    });
    this.#watch(native);
    // The body is written directly into the connection, because the library's own stream lets in one chunk at a time.
    // The library must see the request unfinished first, or it mistakes the request for a response.
    queueMicrotask(() => {
      this.#upload = startUpload(request.body, native, announcedSize(request));
      this.#upload.done.catch((error: unknown) => {
        this.#fail(error);
      });
    });
    return native;
  }

  #watch(native: ClientRequest): void {
    const { method, url } = this.#request;
    const { proxy } = this.#route;
    const timeouts = { ...this.#options, headersTimeoutMs: headersTimeout(this.#request, this.#options) };
    watch(native, url.protocol === 'https:', timeouts, {
      onWaiting: (waitedMs, limitMs) => {
        publish('wait', () => ({ method, url: redactUrl(url), waitedMs, limitMs }));
      },
      onExpired: (reason, code) => {
        const isProxySilent = code === NO_CONNECTION && proxy !== undefined;
        this.#fail(isProxySilent ? proxyError(new Error(reason), proxy.url) : this.#tooSlow(reason, code));
      },
    });
  }

  #awaitResponse(): Promise<HttpResponse> {
    const stream = this.#stream;
    return new Promise<HttpResponse>((resolve, reject) => {
      let responded = false;
      const refuse = (error: unknown): void => {
        if (responded) return;
        responded = true;
        this.#release();
        stream.destroy();
        reject(this.#reasonFor(error));
      };
      stream.once('response', (incoming: IncomingMessage) => {
        this.#receive(incoming).then((response) => {
          responded = true;
          resolve(response);
        }, refuse);
      });
      stream.on('error', refuse);
      stream.once('close', () => {
        refuse(undefined);
      });
    });
  }

  async #receive(incoming: IncomingMessage): Promise<HttpResponse> {
    const { proxy } = this.#route;
    const stream = this.#stream;
    const status = incoming.statusCode ?? 0;
    const headers = joinHeaders(incoming.headers);
    if (status === 407 && proxy !== undefined) throw proxyRefusal(407, proxy);
    if (this.#upload?.complete === false) {
      return { status, headers, body: await earlyBody(stream, this.#upload) };
    }
    if (hasNoBody(this.#request.method, status, headers)) {
      // This frees the connection before the response is passed on, whether or not the caller reads the body. Node's
      // parser lets no byte of a body through here, so nothing has to be waited for.
      stream.resume();
      await once(stream, 'end');
      this.#release();
      return { status, headers, body: ignoreLateErrors(Readable.from([])) };
    }
    const body = timedBody(stream, {
      ...this.#options,
      onBroken: (error) => this.#reasonFor(error),
      onTooSlow: (reason) => this.#tooSlow(reason),
      onClosed: () => {
        this.#release();
      },
    });
    this.#body = markDisposable(body);
    return { status, headers, body: this.#body };
  }

  #fail(reason: unknown): void {
    this.#failure ??= reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    (this.#body ?? this.#stream).destroy(this.#body && this.#failure);
  }

  #reasonFor(error: unknown): Error {
    const { proxy } = this.#route;
    const known = this.#failure ?? ownError(error);
    if (known !== undefined) return known;
    // For https the tunnel distinguishes such failures itself.
    if (proxy !== undefined && isUnreachable(error)) return proxyError(error, proxy.url);
    return networkError(error ?? closedEarly(), this.#request);
  }

  #tooSlow(reason: string, code: TimeoutCode = STALLED): Error {
    return timeoutError(this.#request, reason, code);
  }

  /** A field, so that the listener can be removed. */
  readonly #onAbort = (): void => {
    this.#fail(this.#request.signal?.reason);
  };

  #release(): void {
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
  }
}

/** How long, in milliseconds, the client waits for the headers of the response. */
function headersTimeout(
  { headersTimeoutMs, commitBytes = 0 }: HttpRequest,
  options: ResolvedClientOptions,
): number {
  const limit = options.headersTimeoutMs;
  const usual =
    commitBytes === 0 ? limit : Math.min(limit + (commitBytes / COMMIT_RATE) * 1000, options.commitTimeoutMs);
  return Math.round(Math.min(usual, headersTimeoutMs ?? Infinity));
}

/** The error of this package in a chain of causes, if a library wrapped one. */
function ownError(error: unknown): ContainerError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if (isContainerError(at)) return at;
  }
  return undefined;
}

/** The error for a stream that closed without a response and without an error. */
function closedEarly(): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error('closed');
  error.code = 'ECONNRESET';
  return error;
}

/** The number in the header `Content-Length`. */
function announcedSize({ headers }: HttpRequest): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** Stops the upload, and reads the response that explains it. The connection cannot be reused. */
async function earlyBody(stream: Duplex, upload: Upload): Promise<Readable> {
  upload.stop();
  const timer = setTimeout(() => stream.destroy(), EARLY_MS);
  try {
    const { bytes } = await readCapped(stream, EARLY_CAP);
    return ignoreLateErrors(Readable.from(bytes.length === 0 ? [] : [bytes]));
  } catch {
    // The status is enough to report the failure.
    return ignoreLateErrors(Readable.from([]));
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}
