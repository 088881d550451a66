import { AuthError } from '../../errors/service/auth.js';
import type { ContainerError } from '../../errors/base.js';
import { IncompleteListError } from '../../errors/service/incomplete-list.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { PartialFailureError } from '../../errors/service/partial-failure.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { TagExistsError } from '../../errors/service/tag-exists.js';
import { TransportError } from '../../errors/service/transport.js';

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

function responseOf(error: Error): TransportError | undefined {
  if (error instanceof TransportError) return error;
  return error.cause instanceof TransportError ? error.cause : undefined;
}

function networkHint(error: TransportError): string | undefined {
  const code = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : '';
  if (code.startsWith('CLIENT_CERTIFICATE_') || code === 'TLS_REFUSED') return clientCertificateHint(error);
  if (code === 'EPROTO') return 'give --insecure if the registry speaks plain http';
  if (code.includes('ALTNAME')) return error.hint;
  if (/CERT|SELF_SIGNED|VERIFY/.test(code)) {
    return "name a file with its authority's certificate in NODE_EXTRA_CA_CERTS, or give --insecure to accept any certificate";
  }
  return undefined;
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
      ? `check the name of the repository, which may not exist, or ${login}`
      : `${login}, or check user name and password`;
  }
  if (error instanceof NotFoundError && response.method !== 'POST' && resource?.repository !== undefined) {
    const repository = `${resource.host}/${resource.repository}`;
    return resource.kind === 'tags'
      ? 'check the name of the repository'
      : `\`gantry ls ${repository}\` lists its tags`;
  }
  return undefined;
}

interface RegistryResource {
  readonly host: string;
  readonly repository: string | undefined;
  readonly kind: string | undefined;
}

/** The resource of a request to the distribution API; undefined for other requests, such as those to a token server. */
function resourceOf(url: string | undefined): RegistryResource | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { host, pathname } = new URL(url);
  const match = /^\/v2\/(?:(.+)\/(manifests|blobs|tags|referrers)\/|$|_catalog)/.exec(pathname);
  return match === null ? undefined : { host: userHost(host), repository: match[1], kind: match[2] };
}

function loginCommand(host: string): string {
  return `\`gantry auth login ${userHost(host)}\``;
}

/** The host as people write it. */
function userHost(host: string): string {
  return isHub(host) ? 'docker.io' : host;
}

/** Docker Hub responds at other hosts than the one that people write. */
function isHub(host: string): boolean {
  return host === 'index.docker.io' || host === 'registry-1.docker.io';
}
