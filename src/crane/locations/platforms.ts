import { NotFoundError } from '../../errors/service/not-found.js';
import { configuredPlatform } from '../../partial/child-platform.js';
import { isAttestation } from '../../stored/select-image.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { parsePlatform, type Platform, platformToString } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';
import { isConfig, isImage, isIndex } from '../../v1/types.js';
import { contentOf, type Found } from './find.js';
import { narrow, type NarrowOptions } from './narrow.js';
import type { CraneOptions } from '../names/options.js';

export interface PlatformsOptions extends CraneOptions {
  /** The platforms of the images to use from an index, or all images. @default `platform` */
  readonly platforms?: readonly (Platform | string)[] | 'all' | undefined;
}

/** The image, or the index with only the children for `platforms`. */
export async function contentFor(
  found: Found,
  subject: string,
  options: PlatformsOptions,
): Promise<Image | ImageIndex> {
  const { platforms, signal } = options;
  if (!isIndex(found.mediaType)) return found.image({ signal });
  if (platforms === undefined) return contentOf(found, options);
  const index = await found.imageIndex({ signal });
  if (platforms === 'all') return index;
  return indexForPlatforms(index, subject, platforms, { signal });
}

/**
 * Narrows an index to the images for the platforms, including those in nested indexes.
 *
 * @throws NotFoundError if the index has no image for one of the platforms.
 */
export async function indexForPlatforms(
  index: ImageIndex,
  subject: string,
  platforms: readonly (Platform | string)[],
  options: NarrowOptions,
): Promise<ImageIndex> {
  const wanted = platforms.map(toPlatform);
  const { index: narrowed, candidates: available } = await narrow(index, wanted, options);
  for (const one of wanted) {
    if (available.some(({ platform }) => platform !== undefined && platformSatisfies(platform, one)))
      continue;
    throw noImageFor(subject, [one], available);
  }
  return narrowed;
}

/**
 * Narrows an index to the images for any of the platforms; `all` keeps the index.
 *
 * @throws NotFoundError if no image is left; the error lists the platforms that exist.
 */
export async function filterForPlatforms(
  index: ImageIndex,
  subject: string,
  platforms: readonly (Platform | string)[],
  { signal, attestations }: NarrowOptions,
): Promise<ImageIndex> {
  if (platforms.includes('all')) return index;
  const wanted = platforms.map(toPlatform);
  const { index: narrowed, candidates: available } = await narrow(index, wanted, { signal, attestations });
  if ((await narrowed.indexManifest({ signal })).manifests.length > 0) return narrowed;
  throw noImageFor(subject, wanted, available);
}

/**
 * The images for the platforms. They are in reverse order, because Docker gives a tag that several images share to the image
 * it loads last, and that should be the one for the first platform.
 */
export async function imagesForPlatforms(
  found: Found,
  subject: string,
  options: PlatformsOptions,
): Promise<readonly Image[]> {
  const { platforms, signal } = options;
  if (!isIndex(found.mediaType) || platforms === undefined) return [await found.image({ signal })];
  const images = await runnableImages(await found.imageIndex({ signal }), options);
  if (platforms === 'all') return images.map(({ image }) => image).toReversed();
  const chosen = new Set<Image>();
  for (const wanted of platforms.map(toPlatform)) {
    const fitting = images.filter(
      ({ platform }) => platform !== undefined && platformSatisfies(platform, wanted),
    );
    if (fitting.length === 0) throw noImageFor(subject, [wanted], images);
    for (const { image } of fitting) chosen.add(image);
  }
  return [...chosen].toReversed();
}

interface RunnableImage {
  readonly image: Image;
  readonly platform: Platform | undefined;
}

/** The images of an index and of its nested indexes, without attestations and other artifacts. */
async function runnableImages(
  index: ImageIndex,
  { signal }: CraneOptions,
  depth = MAX_INDEX_DEPTH,
  seen = new Set<Hash>(),
): Promise<readonly RunnableImage[]> {
  const found: RunnableImage[] = [];
  for (const { digest, mediaType, platform } of (await index.indexManifest({ signal })).manifests) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    if (isIndex(mediaType) && depth > 0) {
      found.push(
        ...(await runnableImages(await index.imageIndex(digest, { signal }), { signal }, depth - 1, seen)),
      );
    } else if (isImage(mediaType) && !isAttestation({ platform })) {
      const image = await index.image(digest, { signal });
      if (!isConfig((await image.manifest({ signal })).config.mediaType)) continue;
      found.push({ image, platform: platform ?? (await configuredPlatform(image, { signal })) });
    }
  }
  return found;
}

const toPlatform = (platform: Platform | string): Platform =>
  typeof platform === 'string' ? parsePlatform(platform) : platform;

function noImageFor(
  subject: string,
  wanted: readonly Platform[],
  available: readonly { readonly platform?: Platform | undefined }[],
): NotFoundError {
  const names = available.flatMap(({ platform }) =>
    platform === undefined || isAttestation({ platform }) ? [] : [platformToString(platform)],
  );
  return new NotFoundError(`${subject} has no image for ${wanted.map(platformToString).join(' or ')}`, {
    hint:
      names.length === 0
        ? available.length === 0
          ? 'the index is empty'
          : 'no manifest in the index has a platform'
        : `choose from ${[...new Set(names)].slice(0, 30).join(', ')}`,
  });
}
