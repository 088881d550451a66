import type { Reference } from '../name/reference.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { RemoteOptions } from './connection/options.js';
import type { Taggable } from './push/taggable.js';
import { newPusher } from './pusher.js';

/**
 * Pushes an image, an index, or the result of `get`, with everything that it consists of. For any other taggable, it
 * pushes only the manifest. See {@link write} for what is sent, and when.
 */
export async function push(
  reference: Reference,
  taggable: Taggable,
  options: RemoteOptions = {},
): Promise<void> {
  return newPusher(options).push(reference, taggable, options);
}

/**
 * Pushes an image.
 *
 * Blobs that the repository has are not read. Blobs in other repositories of the same registry are mounted. All others
 * are sent, `jobs` at a time and the largest first. The manifest is put last, so the reference never names an incomplete
 * image. If the reference names this image already, the push is one request. The first failure stops all other uploads.
 *
 * @throws StreamConsumedError for a one-shot layer that was read before.
 */
export async function write(reference: Reference, image: Image, options: RemoteOptions = {}): Promise<void> {
  return newPusher(options).push(reference, image, options);
}

/** Pushes an index and all its children, as {@link write} does for an image. The children are pushed before the index. */
export async function writeIndex(
  reference: Reference,
  index: ImageIndex,
  options: RemoteOptions = {},
): Promise<void> {
  return newPusher(options).push(reference, index, options);
}

/**
 * Puts the manifest of a taggable whose blobs and children exist in the repository. One request.
 *
 * @throws TransportError if the registry lacks something that the manifest lists.
 */
export async function put(
  reference: Reference,
  taggable: Taggable,
  options: RemoteOptions = {},
): Promise<void> {
  return newPusher(options).put(reference, taggable, options);
}
