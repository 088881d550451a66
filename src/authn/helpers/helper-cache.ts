import type { Lazy } from '../../internal/async/lazy.js';
import { expiring } from './expiring.js';
import type { Helper, HelperCredentials } from './helper.js';
import { type HelperProgramOptions, newHelperProgram } from './helper-program.js';

/** Caches the responses of credential helpers, which are slow: some ask a cloud service, some ask the user. */
export interface HelperCache {
  /**
   * A helper whose responses are cached.
   *
   * @throws AuthError if `name` is not a valid name of a helper.
   */
  helper(name: string, configuredBy: string): Helper;
}

/** The number of logins and logouts in this process. Each of them invalidates all cached responses. */
let credentialChanges = 0;

/** If the cache has this many responses, all are dropped. It bounds the memory of programs that serve many registries. */
const MAX_RESPONSES = 1000;

/** Invalidates the cached responses of all helpers in this process. */
export function forgetHelperResponses(): void {
  credentialChanges += 1;
}

/** Caches a response for `durationMs`, also if the helper has no credentials. A failure is not cached. */
export function newHelperCache(options: HelperProgramOptions, durationMs: number): HelperCache {
  const responses = new Map<string, Lazy<{ found: HelperCredentials | undefined }>>();
  let seenChanges = credentialChanges;

  return {
    helper: (name, configuredBy) => {
      const program = newHelperProgram(name, options, configuredBy);
      return {
        get: async (serverUrl, abort) => {
          if (seenChanges !== credentialChanges || responses.size >= MAX_RESPONSES) responses.clear();
          seenChanges = credentialChanges;
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
