import { NotFoundError } from '../../errors/service/not-found.js';
import { configuredPlatform } from '../../partial/child-platform.js';
import { isAttestation } from '../../stored/select-stored.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { parsePlatform, type Platform, platformToString } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';
import { isConfig, isImage, isIndex } from '../../v1/types.js';
import { contentOf, type Found } from './find.js';
import { narrow, type NarrowOptions } from './narrow.js';
import type { CraneOptions } from './options.js';

export interface PlatformsOptions extends CraneOptions {
  readonly platforms?: readonly (Platform | string)[] | 'all' | undefined;
}

/** What is found as one thing: of an index what is for the platforms. */
export async function wholeFor(
  found: Found,
  subject: string,
  options: PlatformsOptions,
): Promise<Image | ImageIndex> {
  const { platforms, signal } = options;
  if (!isIndex(found.mediaType)) return found.image({ signal });
  if (platforms === undefined) return contentOf(found, options);
  const whole = await found.imageIndex({ signal });
  if (platforms === 'all') return whole;
  return indexFor(whole, subject, platforms, { signal });
}

/**
 * An index of what is for the platforms, in indexes within it too.
 *
 * @throws {@link NotFoundError} if there is no image for one of them.
 */
export async function indexFor(
  index: ImageIndex,
  subject: string,
  platforms: readonly (Platform | string)[],
  options: NarrowOptions,
): Promise<ImageIndex> {
  const wanted = platforms.map(parsed);
  const { kept, there } = await narrow(index, wanted, options);
  for (const one of wanted) {
    if (there.some(({ platform }) => platform !== undefined && platformSatisfies(platform, one))) continue;
    throw nothingFor(subject, [one], there);
  }
  return kept;
}

/**
 * An index of those images alone that are for one of the platforms.
 *
 * @throws {@link NotFoundError} if there are none; it lists what there is.
 */
export async function onlyFor(
  index: ImageIndex,
  subject: string,
  platforms: readonly (Platform | string)[],
  { signal }: CraneOptions,
): Promise<ImageIndex> {
  if (platforms.includes('all')) return index;
  const wanted = platforms.map(parsed);
  const { kept, there } = await narrow(index, wanted, { signal });
  if ((await kept.indexManifest({ signal })).manifests.length > 0) return kept;
  throw nothingFor(subject, wanted, there);
}

/**
 * What is found as images, one for each platform. The first comes last: with one tag for all, docker gives it to what
 * it loads last.
 */
export async function imagesFor(
  found: Found,
  subject: string,
  options: PlatformsOptions,
): Promise<readonly Image[]> {
  const { platforms, signal } = options;
  if (!isIndex(found.mediaType) || platforms === undefined) return [await found.image({ signal })];
  const images = await runnable(await found.imageIndex({ signal }), options);
  if (platforms === 'all') return images.map(({ image }) => image).toReversed();
  const chosen = new Set<Image>();
  for (const wanted of platforms.map(parsed)) {
    const fitting = images.filter(
      ({ platform }) => platform !== undefined && platformSatisfies(platform, wanted),
    );
    if (fitting.length === 0) throw nothingFor(subject, [wanted], images);
    for (const { image } of fitting) chosen.add(image);
  }
  return [...chosen].toReversed();
}

interface Runnable {
  readonly image: Image;
  readonly platform: Platform | undefined;
}

/** The images of an index, and of those in it, that are neither attestations nor other artifacts. */
async function runnable(
  index: ImageIndex,
  { signal }: CraneOptions,
  depth = MAX_INDEX_DEPTH,
  seen = new Set<Hash>(),
): Promise<readonly Runnable[]> {
  const found: Runnable[] = [];
  for (const { digest, mediaType, platform } of (await index.indexManifest({ signal })).manifests) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    if (isIndex(mediaType) && depth > 0) {
      found.push(
        ...(await runnable(await index.imageIndex(digest, { signal }), { signal }, depth - 1, seen)),
      );
    } else if (isImage(mediaType) && !isAttestation({ platform })) {
      const image = await index.image(digest, { signal });
      if (!isConfig((await image.manifest({ signal })).config.mediaType)) continue;
      found.push({ image, platform: platform ?? (await configuredPlatform(image, { signal })) });
    }
  }
  return found;
}

const parsed = (platform: Platform | string): Platform =>
  typeof platform === 'string' ? parsePlatform(platform) : platform;

function nothingFor(
  subject: string,
  wanted: readonly Platform[],
  there: readonly { readonly platform?: Platform | undefined }[],
): NotFoundError {
  const names = there.flatMap(({ platform }) =>
    platform === undefined || isAttestation({ platform }) ? [] : [platformToString(platform)],
  );
  return new NotFoundError(`${subject} has no image for ${wanted.map(platformToString).join(' or ')}`, {
    hint:
      names.length === 0
        ? there.length === 0
          ? 'the index is empty'
          : 'nothing in the index tells a platform'
        : `choose from ${[...new Set(names)].slice(0, 30).join(', ')}`,
  });
}
