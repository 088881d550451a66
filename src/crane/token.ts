import { UnsupportedError } from '../errors/unsupported.js';
import { Authorizer } from '../transport/auth/authorizer.js';
import { pingRegistry } from '../transport/auth/ping.js';
import { pullScope, pushScope } from '../transport/auth/scopes.js';
import { sessionContext } from '../transport/session/session-context.js';
import { type CraneOptions, remoteOptions, repositoryOf } from './names/options.js';

/** What the token permits. It always permits to pull from the repository. */
export interface TokenOptions extends CraneOptions {
  /** Requests the right to push, too. @default false */
  readonly push?: boolean | undefined;
  /** Other repositories of the same registry, from which blobs will be mounted. */
  readonly mount?: readonly string[] | undefined;
}

/**
 * Gets a bearer token for a repository, for requests that another program sends.
 *
 * @throws UnsupportedError if the registry does not use bearer tokens.
 */
export async function token(repository: string, options: TokenOptions = {}): Promise<string> {
  const target = repositoryOf(repository, options);
  const { signal } = options;
  const scopes = [
    target.scope(options.push === true ? pushScope : pullScope),
    ...(options.mount ?? []).map((source) => repositoryOf(source, options).scope(pullScope)),
  ];
  const context = sessionContext(target.registry, remoteOptions(options));
  const { base, challenge } = await pingRegistry(context, { signal });
  const grant = await new Authorizer(context, base, challenge).authorization(scopes, { signal });
  const [scheme, value] = (grant?.value ?? '').split(' ');
  if (scheme !== 'Bearer' || value === undefined) {
    throw new UnsupportedError(`${base.host} does not use bearer tokens`, {
      hint:
        challenge === undefined
          ? 'it needs no authentication'
          : 'send it the user name and password with basic authentication',
    });
  }
  return value;
}
