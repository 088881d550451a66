import type { ScriptedResponse } from './response.js';
import type { RecordedRequest } from './recorded-request.js';

/**
 * Which requests a step is for: `PATCH`, or `GET /v2/app/blobs/*` with `*` for anything; an expression that is
 * tested against `METHOD url`; or a function. The query belongs to the url.
 */
export type RequestMatch = string | RegExp | ((request: RecordedRequest) => boolean);

/** What an answer may be made of. */
export interface ResponderTools {
  /** Reads until so many bytes of the request's body have come, or its end; they are in `request.body` then. */
  readonly received: (bytes?: number) => Promise<void>;
  /** The answer of the registry behind, to be changed and sent. Only while nothing of the request's body was read. */
  readonly pass: () => Promise<ScriptedResponse>;
}

/** Makes an answer; `pass` hands the request to the registry behind, untouched. */
export type Responder = (
  request: RecordedRequest,
  tools: ResponderTools,
) => ScriptedResponse | 'pass' | Promise<ScriptedResponse | 'pass'>;

/** One line of a script. */
export interface Step {
  /** @default any request */
  readonly on?: RequestMatch | undefined;
  /** Leaves the first so many requests that match to the steps below, and to the registry behind. @default 0 */
  readonly skip?: number | undefined;
  /** How often it answers; `Infinity` makes it a rule, which need not be used. @default 1 */
  readonly times?: number | undefined;
  readonly response: ScriptedResponse | 'pass' | Responder;
}

/** Steps that are used up one by one. */
export interface Script {
  /** Uses up the first step that fits. */
  take(request: RecordedRequest): Step['response'] | undefined;
  /** Steps that still wait for a request, described. */
  leftOver(): string[];
}

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
    leftOver: () =>
      states.flatMap(({ step, left }, at) =>
        left > 0 && left !== Infinity ? [`step ${at + 1} (${describe(step)}), ${left} times`] : [],
      ),
  };
}

function matcher(on: RequestMatch | undefined): (request: RecordedRequest) => boolean {
  if (on === undefined) return () => true;
  if (typeof on === 'function') return on;
  const pattern = typeof on === 'string' ? patternOf(on) : on;
  return ({ method, url }) => {
    pattern.lastIndex = 0;
    return pattern.test(`${method} ${url}`);
  };
}

function patternOf(text: string): RegExp {
  const [method = '', path = '*'] = text.split(' ', 2);
  const source = [method, path]
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'))
    .join(' ');
  return new RegExp(`^${source}$`, 's');
}

function describe({ on }: Step): string {
  if (on === undefined) return 'any request';
  return typeof on === 'function' ? on.name || 'a function' : String(on);
}
