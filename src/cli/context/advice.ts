import type { Keychain } from '../../authn/config/authenticator.js';
import { AuthError } from '../../errors/service/auth.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Cli } from './cli.js';
import { hubHint, loginCommand } from './hint.js';
import { nearNames } from './near-names.js';
import { type RegistryResource, resourceOf, responseOf } from './registry-resource.js';

/** The message of an error does not wait longer than this for what would make its hint better. */
const ADVICE_MS = 2000;

/** Only so many tags are compared with a tag that does not exist. */
const MAX_TAGS = 5000;

/**
 * A hint that needs more than the error: which credentials were used, or which tags exist. Undefined if the usual hint is as
 * good, or nothing was found out in time. Never rejects.
 */
export async function adviceOn(error: unknown, cli: Cli | undefined): Promise<string | undefined> {
  if (cli === undefined || !(error instanceof Error) || cli.io.signal.aborted) return undefined;
  const response = responseOf(error);
  const resource = resourceOf(response?.url);
  if (response === undefined || resource === undefined) return undefined;
  const signal = AbortSignal.any([cli.io.signal, AbortSignal.timeout(ADVICE_MS)]);
  try {
    if (error instanceof AuthError && response.status === 401 && response.step === 'request')
      return await onRefusal(error, resource, cli, { signal });
    const isTag = resource.kind === 'manifests' && !/:|%3a/i.test(resource.identifier);
    if (error instanceof NotFoundError && isTag && response.method !== 'PUT')
      return await onMissingTag(resource, cli, { signal });
  } catch {
    // The person is interested in the first error, not in why there is no better hint.
  }
  return undefined;
}

async function onRefusal(
  error: AuthError,
  { host, repository }: RegistryResource,
  cli: Cli,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  // Without a keychain nobody was asked for credentials.
  const keychain = cli.options.auth as Keychain;
  const registry = host === 'docker.io' ? 'index.docker.io' : host;
  const name = [registry, ...(repository === undefined ? [] : [repository])].join('/');
  const found = await keychain.resolve({ registryStr: () => registry, name: () => name }, { signal });
  const { username = '' } = await found.authorization({ signal });
  const mayNotExist = error.hint?.startsWith('check the name') === true && repository !== undefined;
  const check = mayNotExist ? `check the name ${host}/${repository}, which may not exist, or ` : '';
  const next =
    username === ''
      ? `log in with ${loginCommand(host)}: no credentials are stored for ${host}`
      : `log in again with ${loginCommand(host)}: ${host} does not accept the stored credentials of ${JSON.stringify(username)}` +
        (mayNotExist ? ' for it' : '');
  return `${check}${next}${hubHint(host, repository)}`;
}

async function onMissingTag(
  { host, repository = '', identifier }: RegistryResource,
  cli: Cli,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  const name = `${host}/${repository}`;
  const { tags } = await import('../../crane/list-tags.js');
  const listed: string[] = [];
  try {
    for await (const tag of tags(name, { ...cli.options, signal, onWarning: () => undefined })) {
      if (listed.push(tag.tagStr()) === MAX_TAGS) break;
    }
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return `the registry has no repository ${name}: check its name${hubHint(host, repository)}`;
  }
  const near = nearNames(decodeURIComponent(identifier), listed);
  if (near.length === 0) return undefined;
  const choices = near.length === 1 ? near[0] : `${near.slice(0, -1).join(', ')} or ${near.at(-1)}`;
  return `did you mean ${choices}? \`gantry ls ${name}\` lists its tags`;
}
