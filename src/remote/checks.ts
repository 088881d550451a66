import { anonymous } from '../authn/config/anonymous.js';
import { resolveAuth } from '../authn/resolve-auth.js';
import { AuthError } from '../errors/service/auth.js';
import { assertOptions } from '../internal/arguments.js';
import { assertResource } from '../name/assert-name.js';
import type { Reference, Registry } from '../name/reference.js';
import { isAnonymous } from '../transport/auth/credentials.js';
import { discard } from '../transport/wire/read-capped.js';
import { connect } from './connection/connection.js';
import type { RemoteOptions } from './connection/options.js';
import { newPusher } from './pusher.js';

/**
 * Checks that a registry accepts the credentials, as `docker login` does: by a request to its base, for which its token
 * server checks them. It says nothing about what they permit; see {@link checkPushPermission}. A registry that lets everyone
 * in does not check credentials.
 *
 * @throws AuthError with the reason `missing` if there are no credentials for the registry, `refused` if it does not accept
 * them, and another reason if they cannot be looked up or must not be sent.
 * @throws TransportError if the registry or its token server cannot be reached.
 */
export async function checkCredentials(registry: Registry, options: RemoteOptions = {}): Promise<void> {
  assertResource(registry);
  assertOptions(options);
  const { auth = anonymous, signal } = options;
  const found = await (await resolveAuth(auth, registry, { signal })).authorization({ signal });
  if (isAnonymous(found)) {
    const host = registry.registryStr();
    throw new AuthError(`there are no credentials for ${host}`, {
      reason: 'missing',
      hint: `pass them as \`auth\`, or log in to ${host}`,
    });
  }
  const session = await connect(options).session(registry, { signal });
  const request = { method: 'GET', target: '/v2/', scopes: [], expect: [200], signal } as const;
  discard((await (session.direct ?? session).request(request)).body);
}

/**
 * Checks that the credentials allow to push, with an upload that is started and cancelled.
 *
 * @throws AuthError if they do not.
 */
export async function checkPushPermission(reference: Reference, options: RemoteOptions = {}): Promise<void> {
  return newPusher(options).checkPushPermission(reference, options);
}
