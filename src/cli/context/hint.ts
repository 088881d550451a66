import { AuthError } from '../../errors/service/auth.js';
import type { ContainerError } from '../../errors/base.js';
import { IncompleteListError } from '../../errors/service/incomplete-list.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { PartialFailureError } from '../../errors/service/partial-failure.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { TagExistsError } from '../../errors/service/tag-exists.js';
import { TransportError } from '../../errors/service/transport.js';
import { resourceOf, responseOf, userHost } from './registry-resource.js';

/**
 * What a person at a command line can do about an error. The hint of an error is written for programs: it names options of
 * functions.
 */
export function hintFor(error: ContainerError): string | undefined {
  if (error instanceof PartialFailureError) {
    // The message lists the failures. A hint helps only if there is exactly one.
    return error.failures.length === 1 ? innerHint(error.failures[0]?.error) : undefined;
  }
  if (error instanceof IncompleteListError) return innerHint(error.cause);
  if (error instanceof TagExistsError) return 'choose another tag, or leave out --no-clobber';
  if (error instanceof SettingsInvalidError) return 'correct the file, or ignore it with --no-hosts';
  if (error instanceof LimitExceededError) {
    if (error.option === 'depth') return 'choose how many levels are listed with --depth';
    return error.option === undefined ? undefined : 'only programs can raise this limit';
  }
  const response = responseOf(error);
  if (response !== undefined) {
    const hint = error instanceof TransportError ? networkHint(error) : responseHint(error, response);
    if (hint !== undefined) return hint;
  }
  return error.hint === undefined ? undefined : forCommandLine(error.hint);
}

/** A hint of the library in the words of gantry: flags instead of options of functions. */
function forCommandLine(hint: string): string {
  let text = hint;
  for (const [library, commandLine] of wording) text = text.replaceAll(library, commandLine);
  return text;
}

/** Wording of the library's hints, and the wording for a command line. An empty text drops an option that has no flag. */
const wording: readonly (readonly [library: string | RegExp, commandLine: string])[] = [
  [', or skip such names with `nameClashes`', ''],
  [', or use the option `tls`', ''],
  [', or read the tar with `uncompressed`', ''],
  [
    'unset `apiVersion` and DOCKER_API_VERSION; if neither is set,',
    'unset DOCKER_API_VERSION; if it is not set,',
  ],
  ['leave out http://, and mark the registry as insecure', 'leave out http://, and give --insecure'],
  ['check `host`, DOCKER_HOST', 'check DOCKER_HOST'],
  [
    'raise `maxBytes`, or `helperMaxBytes` of a keychain, if the helper is trusted',
    'only programs can raise this limit',
  ],
  [/^log in to (?:index|registry-1)\.docker\.io(?=:? )/g, `log in with ${loginCommand('docker.io')}`],
  [/^log in to (\S+?)(?=:? )/g, `log in with ${loginCommand('$1')}`],
  [
    /^add "(\S+)" to `trustedRealms`/g,
    'give --trusted-realm $1, or list it as "trustedRealms" in hosts.json,',
  ],
  [/^add "(\S+)" to `allowedHosts`/g, 'give --allowed-host $1, or list it as "allowedHosts" in hosts.json,'],
  ['`artifact.push`', '`gantry artifact push`'],
  ['`allowSymlinks`', '--allow-symlinks'],
  ['`anyLayer`', '--any-layer'],
  ['`contexts`', '--build-context'],
  ['`digest`', '--digest'],
  ['`dockerfile`', '--file'],
  ['`ignore`', '--ignore'],
  ['`ignoreDiffIds`', '--ignore-diff-ids'],
  ['`index`', '--index'],
  ['`insecure`', '--insecure'],
  ['`jobs`', '--jobs'],
  ['`keepOwners: false`', '--no-keep-owners'],
  ['`mediaType`', '--media-type'],
  ['`platform`', '--platform'],
  ['`platforms`', '--platform'],
  ['`tag`', '--tag'],
  ['`workDirectory`', '--work-directory'],
];

function innerHint(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? hintFor(error as ContainerError) : undefined;
}

function networkHint(error: TransportError): string | undefined {
  const code = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : '';
  if (code.startsWith('CLIENT_CERTIFICATE_') || code === 'TLS_REFUSED') return clientCertificateHint(error);
  if (code === 'EPROTO') return 'give --insecure if the registry speaks plain http';
  if (code.includes('ALTNAME')) return error.hint;
  if (/CERT|SELF_SIGNED|VERIFY/.test(code)) {
    return "name a file with its authority's certificate in NODE_EXTRA_CA_CERTS, or give --insecure to accept any certificate";
  }
  return deletionHint(error);
}

/** Many registries delete a manifest by its digest only. */
function deletionHint({ method, status, url }: TransportError): string | undefined {
  const resource = resourceOf(url);
  const isRefused = method === 'DELETE' && (status === 400 || status === 405 || status === 501);
  if (!isRefused || resource?.kind !== 'manifests' || resource.repository === undefined) return undefined;
  const { host, repository, identifier } = resource;
  if (/:|%3a/i.test(identifier)) return undefined;
  return (
    'many registries delete by digest only, and some delete nothing: ' +
    `\`gantry digest --full-ref ${host}/${repository}:${identifier}\` prints the name to delete, with all of its tags`
  );
}

function clientCertificateHint({ url, hint }: TransportError): string | undefined {
  if (url === undefined) return hint;
  const directory = `~/.docker/certs.d/${new URL(url).host}`;
  return `put the client certificate and its key into ${directory} as client.cert and client.key`;
}

function responseHint(error: ContainerError, response: TransportError): string | undefined {
  const resource = resourceOf(response.url);
  if (error instanceof AuthError && response.status === 401 && response.step === 'request') {
    const login = `log in with ${loginCommand(resource?.host ?? 'REGISTRY')}`;
    return error.hint?.startsWith('check the name') === true
      ? `check the name of the repository, which may not exist, or ${login}${hubHint(resource?.host ?? '', resource?.repository)}`
      : `${login}, or check user name and password`;
  }
  if (error instanceof NotFoundError && response.method !== 'POST' && resource?.repository !== undefined) {
    const repository = `${resource.host}/${resource.repository}`;
    const isUnknown = response.diagnostics.some(({ code }) => code === 'NAME_UNKNOWN');
    return resource.kind === 'tags' || isUnknown
      ? `check the name of the repository${hubHint(resource.host, resource.repository)}`
      : `\`gantry ls ${repository}\` lists its tags`;
  }
  return undefined;
}

export function loginCommand(host: string): string {
  return `\`gantry auth login ${userHost(host)}\``;
}

/** A name without a host is a name of Docker Hub. People who mean a registry in their network may not know that. */
export function hubHint(host: string, repository = ''): string {
  const [first = '', ...rest] = repository.split('/');
  if (host !== 'docker.io' || first === 'library' || rest.length === 0) return '';
  return `; the name was looked up at Docker Hub: if ${first} is a registry, write it with its port, as in ${first}:443/${rest.join('/')}`;
}
