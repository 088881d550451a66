import { AssertionError } from 'node:assert';
import type { IncomingMessage } from 'node:http';
import { errorResponse } from './server/responses.js';
import type { ScriptedResponse } from './server/response.js';
import { type Listening, type ListenOptions, listenHttp } from './server/listening.js';
import { responseOf, passThrough } from './server/pass.js';
import { type Intake, intakeOf, type RecordedRequest } from './server/recorded-request.js';
import { sendResponse } from './server/send-response.js';
import { type Responder, newScript, type Script, type Step } from './server/step.js';
import { openUpstream, type Target, type Upstream } from './server/upstream.js';

export interface ScriptedRegistryOptions extends ListenOptions {
  /** Answers what no step fits: `registry.new()`, or the URL of any registry. */
  readonly behind?: Target | undefined;
}

/** A server whose answers are written down beforehand. */
export interface ScriptedRegistry extends Listening {
  /** Everything that was asked, in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  /**
   * @throws AssertionError if steps were not used, or requests came that no step was for and no
   * registry behind could answer.
   */
  expectDone(): void;
}

/**
 * Starts a registry that answers from a script. A request takes the first step that fits it and is not used up; what
 * no step fits goes to the registry `behind`, or gets 404 and makes `expectDone` fail. A ping is answered by
 * itself if neither the script nor a registry behind does.
 *
 * In place of steps, one function may answer everything.
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
    const intake = intakeOf(message, connection);
    requests.push(intake.request);
    const answer = await choose({ steps, intake, message, upstream });
    if (answer !== 'pass') await sendResponse(answer, intake, response, closed);
    else if (upstream !== undefined) await passThrough(upstream, message, intake, response);
    else {
      if (!isPing(intake.request)) unexpected.push(intake.request);
      await sendResponse(isPing(intake.request) ? {} : NOT_SCRIPTED, intake, response, closed);
    }
  }, options);

  return {
    ...server,
    requests,
    expectDone() {
      const left = steps.leftOver().map((step) => `not used: ${step}`);
      const more = unexpected.map(({ method, url }) => `not expected: ${method} ${url}`);
      const findings = [...left, ...more];
      if (findings.length === 0) return;
      throw new AssertionError({ message: `the script was not followed\n${findings.join('\n')}` });
    },
    async close() {
      await server.close();
      await upstream?.close();
    },
  };
}

const NOT_SCRIPTED = errorResponse(404, 'UNSUPPORTED', { message: 'the script has no answer to this' });

const isPing = ({ method, url }: RecordedRequest): boolean => method === 'GET' && /^\/v2\/?$/.test(url);

async function choose(options: {
  readonly steps: Script;
  readonly intake: Intake;
  readonly message: IncomingMessage;
  readonly upstream: Upstream | undefined;
}): Promise<ScriptedResponse | 'pass'> {
  const { steps, intake, message, upstream } = options;
  const response = steps.take(intake.request) ?? 'pass';
  if (typeof response !== 'function') return response;
  return response(intake.request, {
    received: async (bytes) => intake.received(bytes),
    pass: async () => {
      if (upstream === undefined) throw new TypeError('there is no registry behind: see `behind`');
      if (intake.request.bodyBytes > 0)
        throw new TypeError('the body was read: pass() comes before received()');
      return responseOf(upstream, message, intake);
    },
  });
}
