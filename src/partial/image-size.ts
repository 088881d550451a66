import { LimitExceededError } from '../errors/limit-exceeded.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, isImageIndex, MAX_INDEX_DEPTH } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { isImage, isIndex } from '../v1/types.js';

/**
 * The bytes of everything that an image consists of, as a registry stores it: manifest, config and compressed layers. Of an
 * index, it is the index with everything that it lists. Content that occurs several times counts once.
 *
 * It reads manifests only: one of an image, and those of all children of an index. The method `size` of an image has only
 * the bytes of its manifest.
 *
 * @throws NotFoundError if the source of an index does not have all its children.
 * @throws NotComputedError for a streamed layer that was not read yet.
 */
export async function imageSize(content: Image | ImageIndex, options: AbortOptions = {}): Promise<number> {
  const sizes = new Map<Hash, number>();
  await addSizes(content, sizes, options, 0);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function addSizes(
  content: Image | ImageIndex,
  sizes: Map<Hash, number>,
  options: AbortOptions,
  depth: number,
): Promise<void> {
  options.signal?.throwIfAborted();
  sizes.set(await content.digest(options), await content.size(options));
  if (!isImageIndex(content)) {
    const { config, layers } = await content.manifest(options);
    for (const { digest, size } of [config, ...layers]) sizes.set(digest, size);
    return;
  }
  if (depth >= MAX_INDEX_DEPTH) throw new LimitExceededError('nesting of indexes', MAX_INDEX_DEPTH);
  for (const { digest, mediaType, size } of (await content.indexManifest(options)).manifests) {
    if (sizes.has(digest)) continue;
    if (isIndex(mediaType))
      await addSizes(await content.imageIndex(digest, options), sizes, options, depth + 1);
    else if (isImage(mediaType))
      await addSizes(await content.image(digest, options), sizes, options, depth + 1);
    else sizes.set(digest, size);
  }
}
