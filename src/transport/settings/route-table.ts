import { RegistryBlockedError } from '../../errors/service/blocked.js';
import { printable } from '../../internal/printable.js';
import { parsePlaceName, type PlaceName, placeText } from './location-name.js';
import { type Mirror, type RegistrySettings, routeMembers } from './registry-settings.js';

/** A place from which the content of a repository is read. */
export interface Source {
  readonly host: string;
  /** The repository there. */
  readonly repository: string;
  readonly insecure: boolean;
  readonly pull: NonNullable<Mirror['pull']>;
}

/** What the settings say about one repository. */
export interface Route {
  /** Whether the registry itself is insecure here. */
  readonly insecure: boolean;
  readonly mirrors: readonly Source[];
  /** What is read in place of the registry. */
  readonly location: Source | undefined;
}

export interface RouteTable {
  /**
   * The rule with the longest match, applied; undefined where no rule says anything. The repository is empty for what
   * concerns the whole registry.
   *
   * @throws {@link RegistryBlockedError}
   */
  route(host: string, repository: string): Route | undefined;
  /** Whether any rule could apply to a host. */
  concerns(host: string): boolean;
}

export interface RouteEntry {
  readonly key: string;
  readonly place: PlaceName;
  readonly settings: RegistrySettings;
}

/** A rule before it is known which repository it is applied to. */
interface Rule {
  readonly key: string;
  readonly place: PlaceName;
  readonly blocked: boolean;
  readonly insecure: boolean;
  readonly mirrors: readonly Target[];
  readonly location: Target | undefined;
}

interface Target extends Omit<Source, 'repository'> {
  readonly path: string;
}

/** @throws TypeError on locations that are none. */
export function newRouteTable(entries: readonly RouteEntry[]): RouteTable {
  const rules = entries
    .filter(({ settings, place }) => saysWhere(settings, place))
    .map(newRule)
    // The longest match comes first: hosts before patterns, then the longer path or domain.
    .sort((a, b) => weight(b.place) - weight(a.place));

  return {
    concerns: (host) => rules.some(({ place }) => matchesHost(place, host)),
    route(host, repository) {
      const rule = rules.find(({ place }) => matchesHost(place, host) && isWithin(repository, place.path));
      if (rule === undefined) return undefined;
      if (rule.blocked) throw new RegistryBlockedError(placeText({ host, path: repository }), rule.key);
      const rest = repository.slice(rule.place.path.length).replace(/^\//, '');
      const source = ({ path, ...target }: Target): Source => ({
        ...target,
        repository: [path, rest].filter((part) => part !== '').join('/'),
      });
      return {
        insecure: rule.insecure,
        mirrors: rule.mirrors.map(source),
        location: rule.location && source(rule.location),
      };
    },
  };
}

/** Settings that say only how to connect to a host leave it to a pattern to say where to read. */
function saysWhere(settings: RegistrySettings, place: PlaceName): boolean {
  const members = Object.entries(settings).filter(
    ([name, value]) => routeMembers.has(name) && value !== undefined,
  );
  const own = place.path === '' && !place.host.startsWith('*');
  return members.some(([name]) => !(own && name === 'insecure'));
}

const weight = ({ host, path }: PlaceName): number =>
  host.startsWith('*') ? host.length : 1e6 + path.length;

function matchesHost({ host }: PlaceName, options: string): boolean {
  if (!host.startsWith('*')) return host === options;
  // A pattern is about names, whatever the port.
  return options.replace(/:\d+$/, '').endsWith(host.slice(1));
}

const isWithin = (repository: string, path: string): boolean =>
  path === '' || repository === path || repository.startsWith(`${path}/`);

function newRule({ key, place, settings }: RouteEntry): Rule {
  const { blocked = false, insecure = false, mirrorByDigestOnly = false, mirrors = [], location } = settings;
  return {
    key,
    place,
    blocked,
    insecure,
    mirrors: mirrors.map((mirror) => {
      const given = typeof mirror === 'string' ? { location: mirror } : mirror;
      return target(key, {
        ...given,
        pull: given.pull ?? (mirrorByDigestOnly ? 'digest-only' : 'all'),
      });
    }),
    location: location === undefined ? undefined : target(key, { location, insecure }),
  };
}

function target(key: string, { location, insecure = false, pull = 'all' }: Mirror): Target {
  const place = parsePlaceName(location);
  if (place === undefined || place.host.startsWith('*')) {
    throw new TypeError(
      `\`registries\` has a location for ${key} that is not host[:port][/path]: ${printable(location)}`,
    );
  }
  if (!['all', 'digest-only', 'tag-only'].includes(pull)) {
    throw new TypeError(`\`pull\` of a mirror is all, digest-only or tag-only, not ${printable(pull)}`);
  }
  const { host, path, plainHttp } = place;
  return { host, path, insecure: insecure || plainHttp, pull };
}
