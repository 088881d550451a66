import { resourceOf } from '../../authn/login-target.js';
import { AuthError } from '../../errors/service/auth.js';
import { newRegistry } from '../../name/registry.js';
import { checkCredentials } from '../../remote/checks.js';
import type { Cli } from '../context/cli.js';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Checks that a registry accepts the credentials before they are stored.
 *
 * @throws AuthError if the registry refuses them.
 */
export async function checkLogin(cli: Cli, server: string, credentials: Credentials): Promise<void> {
  const { platform: _platform, ...options } = cli.options;
  const host = resourceOf(server).registryStr();
  const registry = newRegistry(host, { insecure: options.insecure });
  try {
    await checkCredentials(registry, { ...options, auth: credentials });
  } catch (error) {
    if (!(error instanceof AuthError) || error.reason !== 'refused') throw error;
    throw new AuthError(`${host} refuses the user name or the password, so they were not stored`, {
      cause: error,
      hint: 'some registries want an access token instead of the password; --no-check stores them unchecked',
    });
  }
}
