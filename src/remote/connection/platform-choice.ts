import { NotFoundError } from '../../errors/service/not-found.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Platform } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';

/** What GGCR and docker assume where nothing is said. */
export const defaultPlatform: Platform = Object.freeze({ architecture: 'amd64', os: 'linux' });

/**
 * Picks the child of an index that runs on a platform.
 *
 * The first exact match wins, as in GGCR: architecture and OS are equal, version and variant too if
 * they are asked for, and features are there. A child without a platform counts as linux/amd64.
 * If none is exact, the newest older variant that the platform also runs (`arm/v6` for
 * `arm/v7`, plain `arm64` for `arm64/v8`), then a longer OS version (`10.0.17763.1` for
 * `10.0.17763`) is taken.
 *
 * @throws {@link NotFoundError} that lists what there is.
 */
export function choosePlatform(
  subject: string,
  children: readonly Descriptor[],
  wanted: Platform,
): Descriptor {
  const chosen = bestFor(children, wanted);
  if (chosen !== undefined) return chosen;
  const available = [...new Set(children.map((child) => describe(platformOf(child))))].filter(
    (name) => name !== 'unknown/unknown',
  );
  throw new NotFoundError(`${subject} has no image for ${describe(wanted)}`, {
    hint:
      available.length === 0 ? 'the index is empty' : `choose one of ${available.slice(0, 30).join(', ')}`,
  });
}

/** As {@link choosePlatform}; undefined if there is none. */
export function bestFor(children: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  return exactFor(children, wanted) ?? closest(children, wanted);
}

/** The first child that is exactly for a platform. */
export function exactFor(children: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  return children.find((child) => platformSatisfies(platformOf(child), wanted));
}

/** Everything besides variant and OS version, which have an order. */
function runsOn(have: Platform, wanted: Platform): boolean {
  return platformSatisfies(have, { ...wanted, variant: undefined, 'os.version': undefined });
}

/** The best of those that run on the platform without being exact; the first among equals. */
function closest(children: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  let best: { child: Descriptor; rank: number } | undefined;
  for (const child of children) {
    const have = platformOf(child);
    if (!runsOn(have, wanted) || !versionRuns(have['os.version'], wanted['os.version'])) continue;
    const rank = variantRank(have, wanted);
    if (rank !== undefined && (best === undefined || rank > best.rank)) best = { child, rank };
  }
  return best?.child;
}

/** Higher is newer; undefined if the wanted variant does not run it. */
function variantRank(have: Platform, wanted: Platform): number | undefined {
  if (!isSet(wanted.variant)) return 0;
  const ceiling = variantNumber(wanted.architecture, wanted.variant);
  const rank = variantNumber(have.architecture, have.variant);
  if (ceiling === undefined || rank === undefined || rank > ceiling) return undefined;
  return rank;
}

function variantNumber(architecture: string, variant: string | undefined): number | undefined {
  const base = baseline.get(architecture);
  if (base === undefined) return undefined;
  if (!isSet(variant)) return base;
  const [, digits] = /^v(\d{1,2})$/.exec(variant) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The variant that an image without one is built for. */
const baseline: ReadonlyMap<string, number> = new Map([
  ['amd64', 1],
  ['arm', 7],
  ['arm64', 8],
]);

function versionRuns(have: string | undefined, wanted: string | undefined): boolean {
  return !isSet(wanted) || have === wanted || have?.startsWith(`${wanted}.`) === true;
}

const isSet = (text: string | undefined): text is string => text !== undefined && text !== '';

const platformOf = (child: Descriptor): Platform => child.platform ?? defaultPlatform;

function describe(platform: Platform): string {
  const { os, architecture, variant } = platform;
  const version = platform['os.version'];
  return `${os}/${architecture}${isSet(variant) ? `/${variant}` : ''}${isSet(version) ? `:${version}` : ''}`;
}
