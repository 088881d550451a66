import type { AbortOptions } from '../../internal/async/abort.js';
import type { Context } from './context.js';
import { fetchToken } from './fetch-token.js';
import { resolveRealm } from './realm.js';
import { usableChallenge } from './usable-challenge.js';

/**
 * Handles the challenge of a server to which a redirect or the URL of a layer led: with an anonymous token, which is
 * used for this server and this request only. Credentials and tokens of the registry are never sent there.
 *
 * @returns the value of `Authorization`; undefined if the challenge does not ask for a bearer token.
 */
export async function foreignAuthorization(
  context: Context,
  url: URL,
  header: string | undefined,
  options: AbortOptions,
): Promise<string | undefined> {
  const challenge = usableChallenge(header);
  if (challenge?.scheme !== 'bearer') return undefined;
  const { url: realm } = await resolveRealm(challenge.parameters.get('realm'), url);
  const guard = context.connections.guardFor(realm);
  const service = challenge.parameters.get('service');
  const scope = challenge.parameters.get('scope');
  const scopes = scope === undefined ? [] : scope.split(' ').filter(Boolean);
  const request = { registry: url.host, realm, guard, service, scopes, config: {} };
  const { token } = await fetchToken(context, request, options);
  return `Bearer ${token}`;
}
