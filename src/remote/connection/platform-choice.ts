import { NotFoundError } from '../../errors/service/not-found.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Platform } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';

/** The platform that GGCR and docker assume if none is given. */
export const defaultPlatform: Platform = Object.freeze({ architecture: 'amd64', os: 'linux' });

/** By architecture: the number of the variant for which an image without a variant is built. */
const baselineVariants: ReadonlyMap<string, number> = new Map([
  ['amd64', 1],
  ['arm', 7],
  ['arm64', 8],
]);

/** The most platforms that an error message lists. */
const MAX_LISTED = 30;

/**
 * Chooses the child of an index that runs on a platform.
 *
 * The first exact match wins, as in GGCR: architecture and OS are equal, version and variant are equal if they are
 * given, and all features are present. A child without a platform counts as linux/amd64.
 *
 * If there is no exact match, the newest older variant that the platform runs wins (`arm/v6` for `arm/v7`, plain
 * `arm64` for `arm64/v8`), then a longer OS version (`10.0.17763.1` for `10.0.17763`).
 *
 * @throws NotFoundError if no child runs on the platform. The hint lists the platforms of the index.
 */
export function choosePlatform(
  subject: string,
  children: readonly Descriptor[],
  wanted: Platform,
): Descriptor {
  const chosen = bestFor(children, wanted);
  if (chosen !== undefined) return chosen;
  const available = [...new Set(children.map((child) => formatPlatform(platformOf(child))))].filter(
    (name) => name !== 'unknown/unknown',
  );
  throw new NotFoundError(`${subject} has no image for ${formatPlatform(wanted)}`, {
    hint:
      available.length === 0
        ? 'the index is empty'
        : `choose one of ${available.slice(0, MAX_LISTED).join(', ')}`,
  });
}

/** Like {@link choosePlatform}, but gives undefined if no child runs on the platform. */
export function bestFor(children: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  return exactFor(children, wanted) ?? closest(children, wanted);
}

/** The first child that matches a platform exactly. */
export function exactFor(children: readonly Descriptor[], wanted: Platform): Descriptor | undefined {
  return children.find((child) => platformSatisfies(platformOf(child), wanted));
}

/** Compares everything except variant and OS version, which have an order. */
function runsOn(have: Platform, wanted: Platform): boolean {
  return platformSatisfies(have, { ...wanted, variant: undefined, 'os.version': undefined });
}

/** The best of the children that run on the platform without an exact match; the first one among equals. */
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

/** A higher rank is a newer variant; undefined if the wanted variant does not run this one. */
function variantRank(have: Platform, wanted: Platform): number | undefined {
  if (!isSet(wanted.variant)) return 0;
  const ceiling = variantNumber(wanted.architecture, wanted.variant);
  const rank = variantNumber(have.architecture, have.variant);
  if (ceiling === undefined || rank === undefined || rank > ceiling) return undefined;
  return rank;
}

function variantNumber(architecture: string, variant: string | undefined): number | undefined {
  const base = baselineVariants.get(architecture);
  if (base === undefined) return undefined;
  if (!isSet(variant)) return base;
  const [, digits] = /^v(\d{1,2})$/.exec(variant) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function versionRuns(have: string | undefined, wanted: string | undefined): boolean {
  return !isSet(wanted) || have === wanted || have?.startsWith(`${wanted}.`) === true;
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

function platformOf(child: Descriptor): Platform {
  return child.platform ?? defaultPlatform;
}

function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  const version = platform['os.version'];
  return `${os}/${architecture}${isSet(variant) ? `/${variant}` : ''}${isSet(version) ? `:${version}` : ''}`;
}
