import type { ScriptedResponse } from './response.js';
import type { RecordedRequest } from './recorded-request.js';

/**
 * The requests that a step matches: a method such as `PATCH`; a method and path such as `GET /v2/app/blobs/*`, in which
 * `*` stands for any text; a regular expression that is tested against `METHOD url`; or a function. The url includes the
 * query.
 */
export type RequestMatch = string | RegExp | ((request: RecordedRequest) => boolean);

/** What a {@link Responder} can do with a request. */
export interface ResponderTools {
  /** Waits until this many bytes of the request's body have arrived, or its end. `request.body` has them then. */
  readonly received: (bytes?: number) => Promise<void>;
  /**
   * Forwards the request to the registry behind and returns its response, which can be changed before it is sent. Its body
   * is held in memory.
   *
   * @throws TypeError if there is no registry behind, or a part of the request's body was read before.
   */
  readonly pass: () => Promise<ScriptedResponse>;
}

/** Makes the response to a request. The result `'pass'` forwards the request to the registry behind, unchanged. */
export type Responder = (
  request: RecordedRequest,
  tools: ResponderTools,
) => ScriptedResponse | 'pass' | Promise<ScriptedResponse | 'pass'>;

/** One step of a script: which requests it matches, and how it responds. */
export interface Step {
  /** The requests that the step matches. @default all requests */
  readonly on?: RequestMatch | undefined;
  /** The number of matching requests that the step ignores first; later steps or the registry behind serve them. @default 0 */
  readonly skip?: number | undefined;
  /** How many requests the step serves. A step with `Infinity` is a rule, and `expectDone` accepts that it is never used. @default 1 */
  readonly times?: number | undefined;
  /** The response, a function that makes it, or `'pass'` for the response of the registry behind. */
  readonly response: ScriptedResponse | 'pass' | Responder;
}

/** Steps, and how often each can still be used. */
export interface Script {
  /** Finds the first step that matches and is not used up, and counts this use of it. */
  take(request: RecordedRequest): Step['response'] | undefined;
  /** Descriptions of the steps that have not been used as often as they should be. */
  unusedSteps(): string[];
}

/** Starts a script, with no step used. */
export function newScript(steps: readonly Step[]): Script {
  const states = steps.map((step) => ({
    step,
    matches: matcher(step.on),
    skip: step.skip ?? 0,
    left: step.times ?? 1,
  }));
  return {
    take(request) {
      for (const state of states) {
        if (state.left <= 0 || !state.matches(request)) continue;
        if (state.skip > 0) {
          state.skip -= 1;
          continue;
        }
        state.left -= 1;
        return state.step.response;
      }
      return undefined;
    },
    unusedSteps: () =>
      states.flatMap(({ step, left: remaining }, at) =>
        remaining > 0 && remaining !== Infinity
          ? [`step ${at + 1} (${describeStep(step)}), ${remaining} times`]
          : [],
      ),
  };
}

function matcher(on: RequestMatch | undefined): (request: RecordedRequest) => boolean {
  if (on === undefined) return () => true;
  if (typeof on === 'function') return on;
  const pattern = typeof on === 'string' ? toPattern(on) : on;
  return ({ method, url }) => {
    pattern.lastIndex = 0;
    return pattern.test(`${method} ${url}`);
  };
}

function toPattern(text: string): RegExp {
  const [method = '', path = '*'] = text.split(' ', 2);
  const source = [method, path]
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'))
    .join(' ');
  return new RegExp(`^${source}$`, 's');
}

function describeStep({ on }: Step): string {
  if (on === undefined) return 'any request';
  return typeof on === 'function' ? on.name || 'a function' : String(on);
}
