import { basic } from '../../authn/config/from-config.js';
import { AuthError } from '../../errors/service/auth.js';
import { TransportError } from '../../errors/service/transport.js';
import { discard } from '../../internal/streams/consume.js';
import { newRegistry } from '../../name/registry.js';
import { directSession } from '../../transport/session/direct-session.js';
import { resourceOf } from '../../authn/login-target.js';
import type { Cli } from '../context/cli.js';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Logs in to a registry as `docker login` does: gets a token if the registry wants one, and requests `/v2/` with it.
 *
 * @throws AuthError if the registry refuses the credentials.
 */
export async function checkLogin(cli: Cli, server: string, credentials: Credentials): Promise<void> {
  const { insecure, signal, ...options } = cli.options;
  const host = resourceOf(server).registryStr();
  const registry = newRegistry(host, { insecure });
  const { platform: _platform, ...session } = options;
  try {
    const response = await directSession(registry, { ...session, auth: basic(credentials) }).request({
      method: 'GET',
      target: '/v2/',
      scopes: [],
      expect: [200],
      signal,
    });
    discard(response.body);
  } catch (error) {
    if (!(error instanceof AuthError) || !isRefusal(error.cause)) throw error;
    throw new AuthError(`${host} refuses the user name or the password, so they were not stored`, {
      cause: error,
      hint: 'some registries want an access token instead of the password; --no-check stores them unchecked',
    });
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof TransportError && (cause.status === 401 || cause.status === 403);
}
