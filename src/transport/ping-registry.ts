import type { AbortOptions } from '../internal/async/abort.js';
import type { Registry } from '../name/reference.js';
import { type PingResult, pingRegistry } from './auth/ping.js';
import { refuseBlocked } from './new-session.js';
import { sessionContext } from './session/session-context.js';
import type { SessionOptions } from './settings/session-options.js';

/**
 * Checks, without credentials, that a server is a registry, and learns how it authenticates clients.
 *
 * @throws TransportError if there is no response, or the server is not a registry.
 * @throws AuthError if the challenge of the registry cannot be parsed.
 * @throws RegistryBlockedError if the settings block the registry.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
 */
export async function ping(
  registry: Registry,
  options: SessionOptions & AbortOptions = {},
): Promise<PingResult> {
  refuseBlocked(registry, options);
  return pingRegistry(sessionContext(registry, options), { signal: options.signal });
}
