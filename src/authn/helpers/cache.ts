import type { Lazy } from '../../internal/async/lazy.js';
import { expiring } from './expiring.js';
import type { Helper, HelperCredentials } from './helper.js';
import { type HelperProgramOptions, newHelperProgram } from './program.js';

/** Answers of credential helpers, which are slow: some ask a cloud, some a person. */
export interface HelperCache {
  /** @throws AuthError when `name` cannot be a helper's. */
  helper(name: string, configuredBy: string): Helper;
}

/** Counts the logins and logouts of this process, each of which makes all remembered answers doubtful. */
let changes = 0;

/** For programs that serve many registries: past this all is forgotten, rather than kept for ever. */
const MAX_ANSWERS = 1000;

export function forgetHelperResponses(): void {
  changes += 1;
}

/** Remembers an answer, also that there is none, for `durationMs`; a failure is not remembered. */
export function newHelperCache(options: HelperProgramOptions, durationMs: number): HelperCache {
  const responses = new Map<string, Lazy<{ found: HelperCredentials | undefined }>>();
  let seenChanges = changes;

  return {
    helper: (name, configuredBy) => {
      const program = newHelperProgram(name, options, configuredBy);
      return {
        get: async (serverUrl, abort) => {
          if (seenChanges !== changes || responses.size >= MAX_ANSWERS) responses.clear();
          seenChanges = changes;
          const key = JSON.stringify([name, serverUrl]);
          let response = responses.get(key);
          if (response === undefined) {
            response = expiring(async (run) => ({ found: await program.get(serverUrl, run) }), durationMs);
            responses.set(key, response);
          }
          return (await response(abort)).found;
        },
      };
    },
  };
}
