import type { AbortOptions } from '../internal/async/abort.js';
import type { Registry } from '../name/reference.js';
import { type PingResult, pingRegistry } from './auth/ping.js';
import { refuseBlocked } from './new-session.js';
import { sessionContext } from './session/session-context.js';
import type { SessionOptions } from './settings/session-options.js';

/**
 * Asks a registry, without credentials, whether it is one and how it wants to be authenticated.
 *
 * @throws {@link TransportError} if nobody answers, or something that is no registry.
 * @throws {@link AuthError} if its challenge cannot be read.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#determining-support
 */
export async function ping(
  registry: Registry,
  options: SessionOptions & AbortOptions = {},
): Promise<PingResult> {
  refuseBlocked(registry, options);
  return pingRegistry(sessionContext(registry, options), { signal: options.signal });
}
