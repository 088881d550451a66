import { NotFoundError } from '../errors/not-found.js';
import { isAttestation } from '../partial/select-stored.js';
import { filterPlatforms } from '../mutate/index-children.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { parsePlatform, type Platform, platformToString } from '../v1/platform.js';
import { platformSatisfies } from '../v1/platform-match.js';
import { isConfig, isImage, isIndex } from '../v1/types.js';
import { contentOf, type Found } from './find.js';
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
  const index = await found.imageIndex({ signal });
  if (platforms === 'all') return index;
  const wanted = await checked(index, subject, platforms, options);
  return filterPlatforms(index, wanted);
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
    if (fitting.length === 0) throw nothingFor(subject, wanted, images);
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
  depth = 16,
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
      if (isConfig((await image.manifest({ signal })).config.mediaType)) found.push({ image, platform });
    }
  }
  return found;
}

async function checked(
  index: ImageIndex,
  subject: string,
  platforms: readonly (Platform | string)[],
  { signal }: CraneOptions,
): Promise<readonly Platform[]> {
  const { manifests } = await index.indexManifest({ signal });
  const wanted = platforms.map(parsed);
  for (const one of wanted) {
    if (manifests.some(({ platform }) => platform !== undefined && platformSatisfies(platform, one)))
      continue;
    throw nothingFor(subject, one, manifests);
  }
  return wanted;
}

const parsed = (platform: Platform | string): Platform =>
  typeof platform === 'string' ? parsePlatform(platform) : platform;

function nothingFor(
  subject: string,
  wanted: Platform,
  there: readonly { readonly platform?: Platform | undefined }[],
): NotFoundError {
  const names = there.flatMap(({ platform }) =>
    platform === undefined || isAttestation({ platform }) ? [] : [platformToString(platform)],
  );
  return new NotFoundError(`${subject} has no image for ${platformToString(wanted)}`, {
    hint:
      names.length === 0
        ? 'the index is empty'
        : `choose from ${[...new Set(names)].slice(0, 30).join(', ')}`,
  });
}
