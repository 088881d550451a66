import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { type ContainerError, isContainerError } from '../../errors/base.js';
import { markDisposable } from '../../internal/streams/disposable.js';
import { hasNoBody, joinHeaders } from './response-headers.js';
import type { Route } from './agents.js';
import type { HttpRequest, HttpResponse } from '../guard/client.js';
import type { ResolvedClientOptions } from './client-options.js';
import { guardPeer } from './lookup.js';
import { openNativeRequest } from './native-request.js';
import {
  errorCode,
  isUnreachable,
  networkError,
  NO_CONNECTION,
  proxyError,
  type Silence,
  silence,
  STALLED,
} from '../wire/network-error.js';
import { publish } from '../wire/diagnostics.js';
import { redactUrl } from '../wire/redact.js';
import { readCapped } from '../wire/read-capped.js';
import { timedBody } from './timed-body.js';
import { refusal } from './tunnel.js';
import { startUpload, type Upload } from './upload.js';
import { watch } from './watchdog.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** Makes the HTTP library run one request; emits `response` and then yields the body. */
export type OpenStream = (request: HttpRequest, openNative: () => ClientRequest) => Duplex;

export interface Exchange {
  readonly response: Promise<HttpResponse>;
  /** Whether the error came from a pooled connection that the server had closed meanwhile. */
  wasStale(error: unknown): boolean;
}

/** Bound on reading an answer that came before its request was complete. */
const EARLY_CAP = 64 * 1024;
const EARLY_MS = 5000;

/** One request and its answer. Whatever goes wrong, both sides are destroyed and the first reason is reported. */
export function exchangeRequest(
  open: OpenStream,
  route: Route,
  request: HttpRequest,
  options: ResolvedClientOptions,
): Exchange {
  const { url, method, signal } = request;
  let native: ClientRequest | undefined;
  let upload: Upload | undefined;
  let body: Readable | undefined;
  let failure: Error | undefined;

  const fail = (reason: unknown): void => {
    failure ??= reason instanceof Error ? reason : new Error('aborted', { cause: reason });
    (body ?? stream).destroy(body && failure);
  };
  const { proxy } = route;
  const reasonFor = (error: unknown): Error => {
    const known = failure ?? ownError(error);
    if (known !== undefined) return known;
    // By https the tunnel tells such failures apart itself.
    if (proxy !== undefined && isUnreachable(error)) return proxyError(error, proxy.url);
    return networkError(error ?? closedEarly(), request);
  };
  const tooSlow = (reason: string, code: Silence = STALLED): Error => silence(request, reason, code);

  const stream = open(request, () => {
    native = openNativeRequest(route, request, options);
    native.once('socket', (socket) => {
      try {
        if (route.proxy === undefined) guardPeer(request.guard, socket, url);
      } catch (error) {
        fail(error);
      }
    });
    watch(
      native,
      url.protocol === 'https:',
      { ...options, headersTimeoutMs: patience(request, options) },
      {
        onWaiting: (waitedMs, limitMs) => {
          publish('wait', () => ({ method, url: redactUrl(url), waitedMs, limitMs }));
        },
        onExpired: (reason, code) => {
          const silent = code === NO_CONNECTION && proxy !== undefined;
          fail(silent ? proxyError(new Error(reason), proxy.url) : tooSlow(reason, code));
        },
      },
    );
    const sink = native;
    // Straight into the connection: the library's own stream would let one piece in at a time. It has to see the
    // request unfinished first, or takes it for an answer.
    queueMicrotask(() => {
      upload = startUpload(request.body, sink, announcedSize(request));
      upload.done.catch(fail);
    });
    return native;
  });
  const onAbort = (): void => {
    fail(signal?.reason);
  };
  const release = (): void => {
    signal?.removeEventListener('abort', onAbort);
  };
  signal?.addEventListener('abort', onAbort, { once: true });

  const answer = async (incoming: IncomingMessage): Promise<HttpResponse> => {
    const status = incoming.statusCode ?? 0;
    const headers = joinHeaders(incoming.headers);
    if (status === 407 && route.proxy !== undefined) throw refusal(407, route.proxy);
    if (upload?.complete === false) return { status, headers, body: await earlyBody(stream, upload) };
    if (hasNoBody(method, status, headers)) {
      // Frees the connection before the response is passed on, whether or not anybody looks at the body. Node's parser
      // lets no byte of a body through here, so there is nothing to wait for.
      stream.resume();
      await once(stream, 'end');
      release();
      return { status, headers, body: ignoreLateErrors(Readable.from([])) };
    }
    const limits = { ...options, onBroken: reasonFor, onTooSlow: tooSlow, onClosed: release };
    body = markDisposable(timedBody(stream, limits));
    return { status, headers, body };
  };

  const response = new Promise<HttpResponse>((resolve, reject) => {
    let responded = false;
    const refuse = (error: unknown): void => {
      if (responded) return;
      responded = true;
      release();
      stream.destroy();
      reject(reasonFor(error));
    };
    stream.once('response', (incoming: IncomingMessage) => {
      answer(incoming).then((response) => {
        responded = true;
        resolve(response);
      }, refuse);
    });
    stream.on('error', refuse);
    stream.once('close', () => {
      refuse(undefined);
    });
  });

  return {
    response,
    wasStale: (error) =>
      failure === undefined && native?.reusedSocket === true && STALE.has(errorCode(error) ?? ''),
  };
}

const STALE = new Set(['ECONNRESET', 'EPIPE']);

/** An error of this package that a library wrapped on its way. */
/** Bytes per second that a server is expected to take in when a blob is committed. */
const COMMIT_RATE = 10_000_000;

/** How long the response to a request is waited for. */
function patience({ headersTimeoutMs, commits = 0 }: HttpRequest, options: ResolvedClientOptions): number {
  const own = options.headersTimeoutMs;
  const usual = commits === 0 ? own : Math.min(own + (commits / COMMIT_RATE) * 1000, options.commitTimeoutMs);
  return Math.round(Math.min(usual, headersTimeoutMs ?? Infinity));
}

function ownError(error: unknown): ContainerError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    if (isContainerError(at)) return at;
  }
  return undefined;
}

function closedEarly(): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error('closed');
  error.code = 'ECONNRESET';
  return error;
}

function announcedSize({ headers }: HttpRequest): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** Ends the sending, and keeps what the server says about it; the connection cannot be used again. */
async function earlyBody(stream: Duplex, upload: Upload): Promise<Readable> {
  upload.stop();
  const patience = setTimeout(() => stream.destroy(), EARLY_MS);
  try {
    const { bytes } = await readCapped(stream, EARLY_CAP);
    return ignoreLateErrors(Readable.from(bytes.length === 0 ? [] : [bytes]));
  } catch {
    // The status says enough.
    return ignoreLateErrors(Readable.from([]));
  } finally {
    clearTimeout(patience);
    stream.destroy();
  }
}
