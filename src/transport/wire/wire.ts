import { Readable } from 'node:stream';
import { isContainerError } from '../../errors/base.js';
import type { Clock } from '../../internal/async/clock.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../guard/client.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { publish } from './diagnostics.js';
import type { Gate, Pass } from './gate.js';
import { networkError } from './network-error.js';
import { redactUrl } from './redact.js';
import { parseWarnings, type RegistryWarning } from './warning.js';

/** The client with what is the same for every request: user agent, errors, events, warnings. */
export type Wire = (request: HttpRequest) => Promise<HttpResponse>;

export interface WireOptions {
  readonly client: HttpClient;
  readonly userAgent: string;
  readonly onWarning: ((warning: RegistryWarning) => void) | undefined;
  /** What holds requests to a host back. */
  readonly gate: (url: URL) => Gate | undefined;
  readonly clock: Clock;
}

/** Bound on what a server can make us remember. */
const MAX_WARNINGS = 100;

export function newWire({ client, userAgent, onWarning, gate, clock }: WireOptions): Wire {
  const warned = new Set<string>();

  const warn = (registry: string, header: string | undefined): void => {
    for (const text of parseWarnings(header)) {
      const key = `${registry} ${text}`;
      if (warned.has(key) || warned.size >= MAX_WARNINGS) continue;
      warned.add(key);
      onWarning?.({ registry, text });
    }
  };

  return async (request) => {
    const { method, url, body, signal } = request;
    let pass: Pass | undefined;
    try {
      pass = await gate(url)?.enter(clock, { signal });
      const started = performance.now();
      publish('request', () => ({ method, url: redactUrl(url) }));
      const response = await client.request({
        ...request,
        headers: { 'user-agent': userAgent, ...request.headers },
      });
      publish('response', () => ({
        method,
        url: redactUrl(url),
        status: response.status,
        durationMs: performance.now() - started,
      }));
      if (onWarning !== undefined) warn(url.host, response.headers.warning);
      // A client that somebody else wrote may hand out a body that fails before it is read.
      ignoreLateErrors(response.body);
      pass?.leaveAfter(response.body);
      return response;
    } catch (error) {
      pass?.leave();
      if (body instanceof Readable) body.destroy();
      signal?.throwIfAborted();
      // What the source of the body threw is for its owner.
      if (isContainerError(error) || (body instanceof Readable && body.errored === error)) throw error;
      throw networkError(error, request);
    }
  };
}
