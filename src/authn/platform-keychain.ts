import { anonymous } from './config/anonymous.js';
import type { Keychain } from './config/authenticator.js';
import { findProgram } from './helpers/find-program.js';
import { newKeychainFromHelper } from './helpers/helper.js';
import { helperFromProgram, type HelperProgramOptions } from './helpers/helper-program.js';

/** By platform: the helpers that docker installs, the preferred one first. */
const HELPERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['osxkeychain'],
  linux: ['pass', 'secretservice'],
  win32: ['wincred'],
};

/**
 * A keychain of the credential helper that docker uses on this platform if no configuration names one: the keychain of macOS,
 * the credential manager of Windows, or on Linux `pass`, and else the secret service. It has no credentials if none of these
 * helpers is installed. The default keychain does not ask it, because docker does so only when it logs in.
 *
 * Combine it with others by `newMultiKeychain`. Nothing is cached.
 */
export function newPlatformKeychain(options: HelperProgramOptions = {}): Keychain {
  return Object.freeze<Keychain>({
    resolve: async (...query) => {
      const env = options.env ?? process.env;
      for (const name of HELPERS[process.platform] ?? []) {
        // As in docker, `pass` needs the program of that name.
        const programs = [`docker-credential-${name}`, ...(name === 'pass' ? ['pass'] : [])];
        const found = await Promise.all(programs.map(async (program) => findProgram(program, env)));
        if (found.includes(undefined)) continue;
        return newKeychainFromHelper(helperFromProgram(name, options)).resolve(...query);
      }
      return anonymous;
    },
  });
}
