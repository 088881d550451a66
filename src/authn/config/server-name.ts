import { AuthError } from '../../errors/service/auth.js';
import { printable } from '../../internal/printable.js';
import type { Resource } from './authenticator.js';

/** A registry, or a part of its namespace, in canonical form. */
export interface ServerName {
  /** In lower case, with its port unless that is 443; `index.docker.io` for all names of Docker Hub. */
  readonly host: string;
  /** Segments of the repository path; empty for the whole registry. */
  readonly path: readonly string[];
}

/** The canonical name of Docker Hub. */
export const HUB_HOST = 'index.docker.io';

const HUB_NAMES: readonly string[] = [HUB_HOST, 'docker.io', 'registry-1.docker.io'];

/** The name under which docker stores the credentials of Docker Hub. */
const HUB_KEY = 'https://index.docker.io/v1/';

/**
 * Parses a key of docker's config: a host, a host with a namespace, or an old-style URL such as
 * `https://registry.example/v2/`. Any other key is undefined, and so never matches.
 */
export function parseServerName(text: string): ServerName | undefined {
  const [, scheme = '', rest = ''] = /^(https?:\/\/)?(.*)$/is.exec(text) ?? [];
  const [authority = '', ...segments] = rest.split('/');
  if (!HOST.test(authority)) return undefined;

  let host = authority.toLowerCase();
  if (scheme.toLowerCase() !== 'http://') host = host.replace(/:443$/, '');
  if (HUB_NAMES.includes(host)) host = HUB_HOST;

  while (segments.at(-1) === '') segments.pop();
  const isApiRoot = segments.length === 1 && (segments[0] === 'v1' || segments[0] === 'v2');
  return { host, path: isApiRoot ? [] : segments };
}

/** A host name or bracketed IPv6 address, perhaps with a port: no user info, blanks, control characters or URL syntax. */
// eslint-disable-next-line no-control-regex -- the pattern must name control characters, because no host name may have one
const HOST = /^(?:\[[\da-f:.]+\]|[^\s\x00-\x1f\x7f@?#\\:[\]]+)(?::\d{1,5})?$/i;

/**
 * The canonical name of a resource.
 *
 * @throws AuthError if the resource's registry is not a host, so that no such text reaches files or helpers.
 */
export function serverNameOf(resource: Resource): ServerName {
  const registry = resource.registryStr();
  const server = parseServerName(registry);
  if (server === undefined || registry.includes('/')) {
    throw new AuthError(`look up credentials: ${JSON.stringify(printable(registry))} is not a registry host`);
  }
  const name = resource.name();
  const path = name.startsWith(`${registry}/`) ? name.slice(registry.length + 1).split('/') : [];
  return { host: server.host, path };
}

/** Whether credentials for `scope` apply to `server`: the host is the same, and the path of `scope` begins that of `server`. */
export function covers(scope: ServerName, server: ServerName): boolean {
  return (
    scope.host === server.host &&
    scope.path.length <= server.path.length &&
    scope.path.every((segment, index) => segment === server.path[index])
  );
}

export function sameServer(first: ServerName, second: ServerName): boolean {
  return first.path.length === second.path.length && covers(first, second);
}

/** One spelling for all names of a registry: `index.docker.io` for Docker Hub, and no port 443. */
export function canonicalHost(registry: string): string {
  return parseServerName(registry)?.host ?? registry;
}

/** The name of a registry in docker's files and for credential helpers. */
export function dockerKey(registry: string): string {
  return parseServerName(registry)?.host === HUB_HOST ? HUB_KEY : registry;
}
