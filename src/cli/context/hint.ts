import { AuthError } from '../../errors/service/auth.js';
import type { ContainerError } from '../../errors/base.js';
import { IncompleteListError } from '../../errors/service/incomplete-list.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { PartialFailureError } from '../../errors/service/partial-failure.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import { TagExistsError } from '../../errors/service/tag-exists.js';
import { TransportError } from '../../errors/service/transport.js';

/** What a person at a command line can do. The hints of errors speak to programs, and name options of functions. */
export function hintFor(error: ContainerError): string | undefined {
  if (error instanceof PartialFailureError) {
    // The parts tell for themselves, unless all have one reason.
    return error.failures.length === 1 ? innerHint(error.failures[0]?.error) : undefined;
  }
  if (error instanceof IncompleteListError) return innerHint(error.cause);
  if (error instanceof TagExistsError) return 'choose another tag, or leave out --no-clobber';
  if (error instanceof SettingsInvalidError) return 'correct the file, or do without it by --no-hosts';
  if (error instanceof LimitExceededError) {
    return error.option === undefined ? undefined : 'only programs can raise this limit';
  }
  const response = responseOf(error);
  if (response !== undefined) {
    const hint = error instanceof TransportError ? networkHint(error) : responseHint(error, response);
    if (hint !== undefined) return hint;
  }
  return error.hint === undefined ? undefined : forPeople(error.hint);
}

/** A hint with the flags of gantry in place of the options of functions. */
function forPeople(hint: string): string {
  return [...withoutFlag]
    .reduce((text, [clause, other]) => text.replace(clause, other), hint)
    .replace(/^log in to (\S+?)(?=:? )/, (_text, host: string) => `log in with ${loginCommand(host)}`)
    .replace(/^add "(\S+)" to `(trustedRealms|allowedHosts)`/, (_text, host: string, option: string) => {
      const flag = option === 'trustedRealms' ? '--trusted-realm' : '--allowed-host';
      return `give ${flag} ${host}, or list it as "${option}" in hosts.json,`;
    })
    .replaceAll(/`([^`]+)`/g, (quoted, option: string) => flags.get(option) ?? quoted);
}

/** What to say in place of clauses about options for which gantry has no flag. */
const withoutFlag: ReadonlyMap<string, string> = new Map([
  [', or skip such names with `nameClashes`', ''],
  [', or give `tls`', ''],
  [
    'leave `apiVersion` and DOCKER_API_VERSION away; if they are,',
    'leave DOCKER_API_VERSION away; if it is,',
  ],
  ['check `host`, DOCKER_HOST', 'check DOCKER_HOST'],
  [
    'raise `maxBytes`, or `helperMaxBytes` of a keychain, if the helper is trusted',
    'only programs can raise this limit',
  ],
]);

/** The flag for an option of the library, as hints name it. */
const flags: ReadonlyMap<string, string> = new Map([
  ...['index', 'insecure', 'platform', 'jobs', 'tag', 'digest'].map((name) => [name, `--${name}`] as const),
  ['allowSymlinks', '--allow-symlinks'],
  ['anyLayer', '--any-layer'],
  ['ignore', '--ignore'],
  ['ignoreDiffIds', '--ignore-diff-ids'],
  ['keepOwners: false', '--no-keep-owners'],
  ['platforms', '--platform'],
]);

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
    return 'name its authority in NODE_EXTRA_CA_CERTS, or give --insecure to accept any certificate';
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

/** What a request of the distribution API was about; undefined for others, such as a token server's. */
function resourceOf(url: string | undefined): RegistryResource | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { host, pathname } = new URL(url);
  const match = /^\/v2\/(?:(.+)\/(manifests|blobs|tags|referrers)\/|$|_catalog)/.exec(pathname);
  return match === null ? undefined : { host: userHost(host), repository: match[1], kind: match[2] };
}

const loginCommand = (host: string): string => `\`gantry auth login ${userHost(host)}\``;

/** The host as people write it. */
const userHost = (host: string): string => hubNames.get(host) ?? host;

/** The hub is called by another name than it answers to. */
const hubNames: ReadonlyMap<string, string> = new Map([
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
]);
