import type { ByteSink } from '../internal/streams/web.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference, Tag } from '../name/reference.js';
import type { Image } from '../v1/image.js';
import type { ArchiveManifest } from './documents/archive-manifest.js';
import { planArchive } from './write/plan.js';
import type { ImagesByReference } from './documents/repo-tags.js';
import type { WriteOptions, WriteToFileOptions } from './write/options.js';
import { writePlanned, writePlannedToFile } from './write/planned.js';

/**
 * Writes an image as an archive that `docker load` reads.
 *
 * The function does not end the stream, which may be one of the web. If it fails, it destroys the stream. The same image
 * always makes the same bytes, which are those of go-containerregistry. The archive has the tag as the reference spells it,
 * with `:latest` if that is implied; an image that is named by a digest has no tag.
 */
export async function write(
  reference: Reference,
  image: Image,
  writable: ByteSink,
  options?: WriteOptions,
): Promise<void> {
  await multiRefWrite([[reference, image]], writable, options);
}

/** Does the same as {@link write}, to a file that appears under its name only when it is complete and verified. */
export async function writeToFile(
  path: string,
  reference: Reference,
  image: Image,
  options?: WriteToFileOptions,
): Promise<void> {
  await multiRefWriteToFile(path, [[reference, image]], options);
}

/** Does the same as {@link multiRefWrite}, for images that all have tags. */
export async function multiWrite(
  images: Iterable<readonly [Tag, Image]>,
  writable: ByteSink,
  options?: WriteOptions,
): Promise<void> {
  await multiRefWrite(images, writable, options);
}

/** Does the same as {@link multiRefWriteToFile}, for images that all have tags. */
export async function multiWriteToFile(
  path: string,
  images: Iterable<readonly [Tag, Image]>,
  options?: WriteToFileOptions,
): Promise<void> {
  await multiRefWriteToFile(path, images, options);
}

/**
 * Writes several images as one archive, from a Map or any list of pairs. References to one image object become tags of one
 * image. A blob that several images share is written once. The archive has the images in the order of their tags.
 */
export async function multiRefWrite(
  images: ImagesByReference,
  writable: ByteSink,
  options: WriteOptions = {},
): Promise<void> {
  await writePlanned(async (options) => planArchive(images, options), writable, options);
}

/** Does the same as {@link multiRefWrite}, to a file that appears under its name only when it is complete and verified. */
export async function multiRefWriteToFile(
  path: string,
  images: ImagesByReference,
  options: WriteToFileOptions = {},
): Promise<void> {
  await writePlannedToFile(async (options) => planArchive(images, options), path, options);
}

/**
 * Computes the `manifest.json` of an archive of these images, without opening layers.
 *
 * @throws NotComputedError if a layer is a stream that has not been read yet.
 */
export async function computeManifest(
  images: ImagesByReference,
  options?: AbortOptions,
): Promise<ArchiveManifest> {
  return (await planArchive(images, options)).manifest;
}

/**
 * Computes the size in bytes of an archive of these images, without opening layers.
 *
 * @throws NotComputedError if a layer is a stream that has not been read yet.
 */
export async function calculateSize(images: ImagesByReference, options?: AbortOptions): Promise<number> {
  return (await planArchive(images, options)).size;
}
