import { printable } from '../../internal/printable.js';
import type { TlsOptions } from '../guard/client.js';
import { portOf } from '../guard/endpoint.js';
import { hostPatterns } from '../guard/host-pattern.js';
import { checkLimits } from './limits.js';
import { parsePlaceName, type PlaceName } from './location-name.js';
import { type RegistrySettings, routeMembers } from './registry-settings.js';
import { newRouteTable, type RouteTable } from './route-table.js';
import type { TransportOptions } from './session-options.js';
import { tlsSettings } from '../http/tls.js';

/** The option `registries`, checked and ready to be looked up in. */
export interface HostSettings {
  /** Settings of the host of a URL. */
  of(url: URL): HostEntry | undefined;
  readonly routes: RouteTable;
}

export interface HostEntry {
  readonly settings: RegistrySettings;
  readonly tls: TlsOptions | undefined;
}

type Registries = NonNullable<TransportOptions['registries']>;

/** Of settings that cannot change any more: certificates are read once, not for every session. */
const known = new WeakMap<Registries, HostSettings>();

/**
 * Checks the settings of all hosts.
 *
 * @throws TypeError on settings that make no sense; AuthError on certificates that cannot be read.
 */
export function hostSettings(registries: Registries = {}): HostSettings {
  const found = known.get(registries) ?? compile(registries);
  if (Object.isFrozen(registries)) known.set(registries, found);
  return found;
}

function compile(registries: Registries): HostSettings {
  const entries = Object.entries(registries).map(([key, settings]) => {
    const place = parsePlaceName(key);
    if (place === undefined)
      throw new TypeError(`\`registries\` has a key that is no host: ${printable(key)}`);
    return { key, place, settings };
  });
  const hosts = new Map<string, HostEntry>();
  for (const { key, place, settings } of entries) {
    if (isHost(place)) hosts.set(place.host, hostEntry(settings));
    else refuseHostMembers(key, settings);
  }
  return {
    of: (url) => hosts.get(url.host) ?? hosts.get(`${url.hostname}:${portOf(url)}`),
    routes: newRouteTable(entries),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const isHost = ({ host, path }: PlaceName): boolean => path === '' && !host.startsWith('*');

function hostEntry(settings: RegistrySettings): HostEntry {
  checkLimits(settings);
  hostPatterns('trustedRealms', settings.trustedRealms ?? []);
  hostPatterns('allowedHosts', settings.allowedHosts ?? []);
  const headers = Object.entries(settings.headers ?? {}).map(([name, value]) => {
    if (!HEADER_NAME.test(name))
      throw new TypeError(`\`headers\` has a name that is none: ${printable(name)}`);
    if (!HEADER_VALUE.test(value)) throw new TypeError(`\`headers\` has a value for ${name} that is no text`);
    return [name.toLowerCase(), value] as const;
  });
  const tls = tlsOptions(settings, settings.insecure ?? false);
  if (tls !== undefined) tlsSettings(tls);
  return {
    settings: { ...settings, headers: Object.fromEntries(headers) },
    tls,
  };
}

function refuseHostMembers(key: string, settings: RegistrySettings): void {
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  const stray = said.find(([member]) => !routeMembers.has(member));
  if (stray === undefined) return;
  throw new TypeError(`\`registries\` can have \`${printable(stray[0])}\` for a host only, not for ${key}`);
}

export function tlsOptions(
  { ca, cert, key }: RegistrySettings,
  insecureSkipVerify: boolean,
): TlsOptions | undefined {
  const plain = ca === undefined && cert === undefined && key === undefined && !insecureSkipVerify;
  return plain ? undefined : Object.freeze({ ca, cert, key, insecureSkipVerify });
}
