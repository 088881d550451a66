import { AssertionError } from 'node:assert';
import type { IncomingMessage } from 'node:http';
import { errorResponse } from './server/responses.js';
import type { ScriptedResponse } from './server/response.js';
import { type LoopbackServer, type ListenOptions, listenHttp } from './server/loopback-server.js';
import { responseOf, passThrough } from './server/forward.js';
import { type RequestReader, newRequestReader, type RecordedRequest } from './server/recorded-request.js';
import { sendResponse } from './server/send-response.js';
import { type Responder, newScript, type Script, type Step } from './server/step.js';
import { openUpstream, type UpstreamTarget, type Upstream } from './server/upstream.js';

/** The registry behind a script, and where the server listens. */
export interface ScriptedRegistryOptions extends ListenOptions {
  /** Serves the requests that no step matches: `registry.new()`, or the URL of any registry. @default none */
  readonly behind?: UpstreamTarget | undefined;
}

/** A running server that responds as a script says. */
export interface ScriptedRegistry extends LoopbackServer {
  /** All requests so far, in the order in which they arrived. */
  readonly requests: readonly RecordedRequest[];
  /**
   * Checks that the script was followed.
   *
   * @throws AssertionError if a step was not used, or if a request came that no step matched while there was no registry
   * behind. The message lists the steps and the requests.
   */
  expectDone(): void;
}

/**
 * Starts a registry that responds as a script says. The first step that matches a request and is not used up serves it. A
 * request that no step matches is forwarded to the registry `behind`; if there is none, the response is 404 and
 * `expectDone` fails. A ping (`GET /v2/`) is an exception: if neither a step nor a registry behind serves it, the
 * response is an empty 200.
 *
 * In place of steps, one function can respond to all requests.
 */
export async function scriptedRegistry(
  script: readonly Step[] | Responder,
  options: ScriptedRegistryOptions = {},
): Promise<ScriptedRegistry> {
  const steps = newScript(typeof script === 'function' ? [{ response: script, times: Infinity }] : script);
  const upstream =
    options.behind === undefined ? undefined : await openUpstream(options.behind, { keepHost: true });
  const requests: RecordedRequest[] = [];
  const unexpected: RecordedRequest[] = [];

  const server = await listenHttp(async (message, response, { closed, connection }) => {
    const reader = newRequestReader(message, connection);
    requests.push(reader.request);
    const chosen = await chooseResponse({ steps, reader, message, upstream });
    if (chosen !== 'pass') await sendResponse(chosen, reader, response, closed);
    else if (upstream !== undefined) await passThrough(upstream, message, reader, response);
    else {
      if (!isPing(reader.request)) unexpected.push(reader.request);
      await sendResponse(isPing(reader.request) ? {} : NOT_SCRIPTED, reader, response, closed);
    }
  }, options);

  return {
    ...server,
    requests,
    expectDone() {
      const unusedSteps = steps.unusedSteps().map((step) => `not used: ${step}`);
      const unexpectedRequests = unexpected.map(({ method, url }) => `not expected: ${method} ${url}`);
      const findings = [...unusedSteps, ...unexpectedRequests];
      if (findings.length === 0) return;
      throw new AssertionError({ message: `the script was not followed\n${findings.join('\n')}` });
    },
    async close() {
      await server.close();
      await upstream?.close();
    },
  };
}

const NOT_SCRIPTED = errorResponse(404, 'UNSUPPORTED', { message: 'the script has no response to this' });

const isPing = ({ method, url }: RecordedRequest): boolean => method === 'GET' && /^\/v2\/?$/.test(url);

async function chooseResponse(options: {
  readonly steps: Script;
  readonly reader: RequestReader;
  readonly message: IncomingMessage;
  readonly upstream: Upstream | undefined;
}): Promise<ScriptedResponse | 'pass'> {
  const { steps, reader, message, upstream } = options;
  const response = steps.take(reader.request) ?? 'pass';
  if (typeof response !== 'function') return response;
  return response(reader.request, {
    received: async (bytes) => reader.received(bytes),
    pass: async () => {
      if (upstream === undefined)
        throw new TypeError('pass() needs a registry behind the script: use the option `behind`');
      if (reader.request.bodyBytes > 0)
        throw new TypeError('the body of the request was already read: call pass() before received()');
      return responseOf(upstream, message, reader);
    },
  });
}
