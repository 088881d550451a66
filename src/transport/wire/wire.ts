import { Readable } from 'node:stream';
import { isContainerError } from '../../errors/base.js';
import type { Clock } from '../../internal/async/clock.js';
import type { HttpClient, HttpRequest, HttpResponse } from '../guard/http-client.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { publish } from './diagnostics.js';
import type { Gate } from './gate.js';
import type { GatePass } from './gate-pass.js';
import { networkError } from './network-error.js';
import { redactUrl } from './redact.js';
import { parseWarnings, type RegistryWarning } from './parse-warnings.js';

// Start reading this room here: a wire sends one request through the gate and the client, publishes events, and turns
// failures into errors (`network-error` if there is no response, `check-error` if the status is not expected).

/** Sends a request with everything that all requests need: user agent, rate limits, events, warnings and our errors. */
export type Wire = (request: HttpRequest) => Promise<HttpResponse>;

export interface WireOptions {
  readonly client: HttpClient;
  readonly userAgent: string;
  readonly onWarning: ((warning: RegistryWarning) => void) | undefined;
  /** The gate that limits the requests to the host of a URL. */
  readonly gate: (url: URL) => Gate | undefined;
  readonly clock: Clock;
}

/** The maximum number of distinct warnings that are remembered. A server could send new ones without end. */
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
    let pass: GatePass | undefined;
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
      // A custom client may return a body that fails before it is read.
      ignoreLateErrors(response.body);
      pass?.leaveAfter(response.body);
      return response;
    } catch (error) {
      pass?.leave();
      if (body instanceof Readable) body.destroy();
      signal?.throwIfAborted();
      // An error of the body's source belongs to the caller, who owns the source.
      if (isContainerError(error) || (body instanceof Readable && body.errored === error)) throw error;
      throw networkError(error, request);
    }
  };
}
