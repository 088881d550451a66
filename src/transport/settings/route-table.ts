import { RegistryBlockedError } from '../../errors/service/blocked.js';
import { printable } from '../../internal/printable.js';
import { parseRegistryLocation, type RegistryLocation, formatRegistryLocation } from './registry-location.js';
import { type Mirror, type RegistrySettings, routeMembers } from './registry-settings.js';

/** A server, and a repository on it, from which content is read. */
export interface Source {
  readonly host: string;
  /** The name of the repository on this server. */
  readonly repository: string;
  readonly insecure: boolean;
  readonly pull: NonNullable<Mirror['pull']>;
}

/** The sources of one repository, in the order in which they are asked. */
export interface Route {
  /** Whether the registry itself is insecure for this repository. */
  readonly insecure: boolean;
  readonly mirrors: readonly Source[];
  /** The source that replaces the registry itself. */
  readonly location: Source | undefined;
}

/** Finds the sources of a repository in the settings. */
export interface RouteTable {
  /**
   * Applies the rule with the longest match; undefined if no rule matches. The repository is empty for a request that
   * concerns the whole registry.
   *
   * @throws RegistryBlockedError if the rule blocks the repository.
   */
  route(host: string, repository: string): Route | undefined;
  /** Whether any rule could match a repository of a host. */
  concerns(host: string): boolean;
}

/** An entry of the option `registries`. */
export interface RouteEntry {
  readonly key: string;
  /** The parsed key. */
  readonly prefix: RegistryLocation;
  readonly settings: RegistrySettings;
}

/** A checked entry. The repository that it is applied to is not known yet. */
interface Rule {
  readonly key: string;
  readonly prefix: RegistryLocation;
  readonly blocked: boolean;
  readonly insecure: boolean;
  readonly mirrors: readonly Target[];
  readonly location: Target | undefined;
}

interface Target extends Omit<Source, 'repository'> {
  readonly path: string;
}

/** @throws TypeError if a location or a mirror is invalid. */
export function newRouteTable(entries: readonly RouteEntry[]): RouteTable {
  const rules = entries
    .filter(({ settings, prefix }) => definesRoute(settings, prefix))
    .map(newRule)
    // The longest match comes first: hosts before patterns, then the longer path or domain.
    .sort((a, b) => specificity(b.prefix) - specificity(a.prefix));

  return {
    concerns: (host) => rules.some(({ prefix }) => matchesHost(prefix, host)),
    route(host, repository) {
      const rule = rules.find(({ prefix }) => matchesHost(prefix, host) && isWithin(repository, prefix.path));
      if (rule === undefined) return undefined;
      if (rule.blocked)
        throw new RegistryBlockedError(formatRegistryLocation({ host, path: repository }), rule.key);
      const rest = repository.slice(rule.prefix.path.length).replace(/^\//, '');
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

/** The settings of a host that only say how to connect to it are not a rule, so that a pattern can match the host. */
function definesRoute(settings: RegistrySettings, prefix: RegistryLocation): boolean {
  const members = Object.entries(settings).filter(
    ([name, value]) => routeMembers.has(name) && value !== undefined,
  );
  const isHost = prefix.path === '' && !prefix.host.startsWith('*');
  return members.some(([name]) => !(isHost && name === 'insecure'));
}

/** A host is more specific than every pattern, whose host has far fewer characters than a million. */
const specificity = ({ host, path }: RegistryLocation): number =>
  host.startsWith('*') ? host.length : 1e6 + path.length;

function matchesHost(prefix: RegistryLocation, host: string): boolean {
  if (!prefix.host.startsWith('*')) return prefix.host === host;
  // A pattern matches names with every port.
  return host.replace(/:\d+$/, '').endsWith(prefix.host.slice(1));
}

const isWithin = (repository: string, path: string): boolean =>
  path === '' || repository === path || repository.startsWith(`${path}/`);

function newRule({ key, prefix, settings }: RouteEntry): Rule {
  const { blocked = false, insecure = false, mirrorByDigestOnly = false, mirrors = [], location } = settings;
  return {
    key,
    prefix,
    blocked,
    insecure,
    mirrors: mirrors.map((mirror) => {
      const options = typeof mirror === 'string' ? { location: mirror } : mirror;
      return parseTarget(key, {
        ...options,
        pull: options.pull ?? (mirrorByDigestOnly ? 'digest-only' : 'all'),
      });
    }),
    location: location === undefined ? undefined : parseTarget(key, { location, insecure }),
  };
}

function parseTarget(key: string, { location, insecure = false, pull = 'all' }: Mirror): Target {
  const parsed = parseRegistryLocation(location);
  if (parsed === undefined || parsed.host.startsWith('*')) {
    throw new TypeError(
      `\`registries\` has a location for ${key} that is not host[:port][/path]: ${printable(location)}`,
    );
  }
  if (!['all', 'digest-only', 'tag-only'].includes(pull)) {
    throw new TypeError(`\`pull\` of a mirror is all, digest-only or tag-only, not ${printable(pull)}`);
  }
  const { host, path, plainHttp } = parsed;
  return { host, path, insecure: insecure || plainHttp, pull };
}
