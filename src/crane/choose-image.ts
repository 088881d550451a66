import { LimitExceededError } from '../errors/limit-exceeded.js';
import type { AbortOptions } from '../internal/abort.js';
import { choosePlatform, defaultPlatform } from '../remote/platform-choice.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { isIndex } from '../v1/types.js';

const MOST_NESTED = 16;

/** The image of an index that a registry's index would give for the platform; without one, that for linux/amd64. */
export async function chooseImage(
  index: ImageIndex,
  subject: string,
  platform: Platform = defaultPlatform,
  options: AbortOptions = {},
): Promise<Image> {
  let current = index;
  for (let depth = 0; depth < MOST_NESTED; depth += 1) {
    const { manifests } = await current.indexManifest(options);
    const { digest, mediaType } = choosePlatform(subject, manifests, platform);
    if (!isIndex(mediaType)) return current.image(digest, options);
    current = await current.imageIndex(digest, options);
  }
  throw new LimitExceededError(`${subject}: nesting of indexes`, MOST_NESTED);
}
