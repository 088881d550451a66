import type { AbortOptions } from '../../internal/async/abort.js';
import type { Context } from './context.js';
import { fetchToken } from './fetch-token.js';
import { judgeRealm } from './realm.js';
import { usableChallenge } from './usable-challenge.js';

/**
 * Answers the challenge of a server that a redirect or a layer's URL led to: with an anonymous token, for this server
 * and this request. Credentials and tokens of the registry have no part in it.
 */
export async function foreignAuthorization(
  context: Context,
  url: URL,
  header: string | undefined,
  options: AbortOptions,
): Promise<string | undefined> {
  const challenge = usableChallenge(header);
  if (challenge?.scheme !== 'bearer') return undefined;
  const { url: realm } = await judgeRealm(challenge.parameters.get('realm'), url);
  const guard = context.reach.foreign(realm);
  const service = challenge.parameters.get('service');
  const scope = challenge.parameters.get('scope');
  const scopes = scope === undefined ? [] : scope.split(' ').filter(Boolean);
  const request = { registry: url.host, realm, guard, service, scopes, config: {} };
  const { token } = await fetchToken(context, request, options);
  return `Bearer ${token}`;
}
