import type { Registry } from '../name/reference.js';
import { directSession } from './session/direct-session.js';
import { hostSettings } from './settings/host-settings.js';
import { routedSession } from './mirrors/routed-session.js';
import type { Session } from './session/session.js';
import type { SessionOptions } from './settings/session-options.js';

/**
 * Opens a conversation with a registry. Nothing is sent before the first request, which asks the registry how it wants
 * to be spoken to; sessions with the same client share that answer, and tokens.
 *
 * Credentials go to the registry's own scheme, host and port, and to its token server; every hop of a redirect gets
 * headers of its own. Manifests and blobs come from mirrors where `registries` names some, each an origin of its own.
 *
 * @throws TypeError on options that make no sense.
 * @throws {@link AuthError} on certificates that cannot be read.
 */
export function newSession(registry: Registry, options: SessionOptions = {}): Session {
  const { routes } = hostSettings(options.registries);
  const host = hostOfRegistry(registry);
  return routes.concerns(host) ? routedSession(registry, options, routes) : directSession(registry, options);
}

/** @throws {@link RegistryBlockedError} if the settings forbid to talk to a registry. */
export function refuseBlocked(registry: Registry, { registries }: SessionOptions): void {
  hostSettings(registries).routes.route(hostOfRegistry(registry), '');
}

const hostOfRegistry = (registry: Registry): string => new URL(`https://${registry.registryStr()}`).host;
