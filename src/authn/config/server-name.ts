import { AuthError } from '../../errors/service/auth.js';
import { printable } from '../../internal/printable.js';
import type { Resource } from './authenticator.js';

/** A registry, or a part of its namespace, in the one form in which names are compared. */
export interface ServerName {
  /** Lower case, with its port unless that is 443; `index.docker.io` for all names of Docker Hub. */
  readonly host: string;
  /** Segments of the repository path, none for the whole registry. */
  readonly path: readonly string[];
}

/** The one name for Docker Hub under which it is compared. */
export const HUB_HOST = 'index.docker.io';

const HUB_NAMES: readonly string[] = [HUB_HOST, 'docker.io', 'registry-1.docker.io'];

/** The name under which docker keeps the credentials of Docker Hub. */
const HUB_KEY = 'https://index.docker.io/v1/';

/**
 * Reads a key of docker's config: a host, a host with a namespace, or an old-style URL such as
 * `https://registry.example/v2/`. Undefined for anything else, which then never matches.
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

/** A host name or bracketed IPv6 address, perhaps with a port: no userinfo, blanks, control characters or URL syntax. */
// eslint-disable-next-line no-control-regex -- control characters are what it keeps out
const HOST = /^(?:\[[\da-f:.]+\]|[^\s\x00-\x1f\x7f@?#\\:[\]]+)(?::\d{1,5})?$/i;

/** @throws {@link AuthError} when the resource's registry is no host, so that nothing odd reaches files or helpers. */
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

/** Whether credentials for `scope` are meant for `server`: same host, and the path by whole segments. */
export function covers(scope: ServerName, server: ServerName): boolean {
  return (
    scope.host === server.host &&
    scope.path.length <= server.path.length &&
    scope.path.every((segment, index) => segment === server.path[index])
  );
}

export function sameServer(one: ServerName, other: ServerName): boolean {
  return one.path.length === other.path.length && covers(one, other);
}

/** What docker calls a registry in its files and towards credential helpers. */
export function dockerKey(registry: string): string {
  return parseServerName(registry)?.host === HUB_HOST ? HUB_KEY : registry;
}
