import { readAuth } from '../authn/config/credentials.js';
import type { Registry } from '../name/reference.js';
import { directSession } from './session/direct-session.js';
import { hostSettings } from './settings/host-settings.js';
import { routedSession } from './mirrors/routed-session.js';
import type { Session } from './session/session.js';
import type { SessionOptions } from './settings/session-options.js';

/**
 * Creates a session with a registry. Nothing is sent before the first request, which first pings the registry to learn
 * how it authenticates clients. Sessions with the same client share the result of the ping, and tokens.
 *
 * Credentials are sent to the scheme, host and port of the registry, and to its token server. The headers of every hop
 * of a redirect are chosen for that hop. If `registries` names mirrors, manifests and blobs are read from them; each
 * mirror has credentials of its own.
 *
 * @throws TypeError if an option is invalid.
 * @throws AuthError if a certificate or key cannot be read.
 */
export function newSession(registry: Registry, given: SessionOptions = {}): Session {
  const { auth } = given;
  const options = auth === undefined ? given : { ...given, auth: readAuth(auth) };
  const { routes } = hostSettings(options.registries);
  const host = hostOfRegistry(registry);
  return routes.concerns(host) ? routedSession(registry, options, routes) : directSession(registry, options);
}

/** @throws RegistryBlockedError if the settings block the registry. */
export function refuseBlocked(registry: Registry, { registries }: SessionOptions): void {
  hostSettings(registries).routes.route(hostOfRegistry(registry), '');
}

const hostOfRegistry = (registry: Registry): string => new URL(`https://${registry.registryStr()}`).host;
