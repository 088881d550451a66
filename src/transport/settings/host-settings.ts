import { printable } from '../../internal/printable.js';
import type { TlsOptions } from '../guard/http-client.js';
import { portOf } from '../guard/endpoint.js';
import { hostPatterns } from '../guard/host-pattern.js';
import { checkLimits } from './limits.js';
import { parseRegistryLocation, type RegistryLocation } from './registry-location.js';
import { type RegistrySettings, routeMembers } from './registry-settings.js';
import { newRouteTable, type RouteTable } from './route-table.js';
import type { TransportOptions } from './session-options.js';
import { tlsSettings } from '../http/tls.js';

/** The option `registries` after its check. */
export interface HostSettings {
  /** The entry of the host of a URL. */
  entryFor(url: URL): HostEntry | undefined;
  /** The entries that say where content is read. */
  readonly routes: RouteTable;
}

/** The settings of one host. */
export interface HostEntry {
  /** The entry as it was given, with the names of its headers in lower case. */
  readonly settings: RegistrySettings;
  /** Undefined if the entry says nothing about TLS. */
  readonly tls: TlsOptions | undefined;
}

type Registries = NonNullable<TransportOptions['registries']>;

/** The result for frozen options, which cannot change: their certificates are read once, not for every session. */
const compiled = new WeakMap<Registries, HostSettings>();

/**
 * Checks the settings of all hosts.
 *
 * @throws TypeError if a setting is invalid.
 * @throws AuthError if a certificate or key cannot be read.
 */
export function hostSettings(registries: Registries = {}): HostSettings {
  const found = compiled.get(registries) ?? compile(registries);
  if (Object.isFrozen(registries)) compiled.set(registries, found);
  return found;
}

function compile(registries: Registries): HostSettings {
  const entries = Object.entries(registries).map(([key, settings]) => {
    const prefix = parseRegistryLocation(key);
    if (prefix === undefined)
      throw new TypeError(`\`registries\` has a key that is not a host or namespace: ${printable(key)}`);
    return { key, prefix, settings };
  });
  const hosts = new Map<string, HostEntry>();
  for (const { key, prefix, settings } of entries) {
    if (isHost(prefix)) hosts.set(prefix.host, hostEntry(settings));
    else checkRouteMembers(key, settings);
  }
  return {
    entryFor: (url) => hosts.get(url.host) ?? hosts.get(`${url.hostname}:${portOf(url)}`),
    routes: newRouteTable(entries),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const isHost = ({ host, path }: RegistryLocation): boolean => path === '' && !host.startsWith('*');

function hostEntry(settings: RegistrySettings): HostEntry {
  checkLimits(settings);
  hostPatterns('trustedRealms', settings.trustedRealms ?? []);
  hostPatterns('allowedHosts', settings.allowedHosts ?? []);
  const headers = Object.entries(settings.headers ?? {}).map(([name, value]) => {
    if (!HEADER_NAME.test(name)) throw new TypeError(`\`headers\` has an invalid name: ${printable(name)}`);
    if (!HEADER_VALUE.test(value)) throw new TypeError(`\`headers\` has an invalid value for ${name}`);
    return [name.toLowerCase(), value] as const;
  });
  const tls = tlsOptions(settings, settings.insecure ?? false);
  if (tls !== undefined) tlsSettings(tls);
  return {
    settings: { ...settings, headers: Object.fromEntries(headers) },
    tls,
  };
}

/** @throws TypeError if the settings of a namespace or a pattern have a member that is for a host only. */
function checkRouteMembers(key: string, settings: RegistrySettings): void {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const misplaced = given.find(([member]) => !routeMembers.has(member));
  if (misplaced === undefined) return;
  throw new TypeError(
    `\`registries\` can have \`${printable(misplaced[0])}\` for a host only, not for ${key}`,
  );
}

/** The TLS options of a host; undefined if they are the defaults. */
export function tlsOptions(
  { ca, cert, key }: RegistrySettings,
  insecureSkipVerify: boolean,
): TlsOptions | undefined {
  const isDefault = ca === undefined && cert === undefined && key === undefined && !insecureSkipVerify;
  return isDefault ? undefined : Object.freeze({ ca, cert, key, insecureSkipVerify });
}
