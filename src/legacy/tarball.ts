import type { Readable, Writable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { pour } from '../internal/streams/pour.js';
import { lazyTar } from '../internal/tar/lazy-tar.js';
import type { Reference } from '../name/reference.js';
import { type ImagesByReference, taggedImages } from '../tarball/documents/repo-tags.js';
import type { Image } from '../v1/image.js';
import { writeArchive } from './write-archive.js';

export type { ImagesByReference } from '../tarball/documents/repo-tags.js';

/** Options of the functions that write an archive to a file. */
export interface WriteToFileOptions extends AbortOptions {
  /**
   * Waits until the disk has the file, so that it survives a loss of power. Off by default, unlike in `registry`, because an
   * archive can be written again from its source, and waiting for the disk takes time.
   *
   * @default false
   */
  readonly durable?: boolean | undefined;
}

/**
 * Writes an image as an archive in Docker's first format.
 *
 * The function does not end the writable. If it fails, it destroys the writable. The same image always makes the same bytes,
 * which are those of go-containerregistry. Layers are read one after the other, each once.
 *
 * @throws ManifestInvalidError if the history and the manifest have different numbers of layers.
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/legacy/tarball/write.go
 */
export async function write(
  reference: Reference,
  image: Image,
  writable: Writable,
  options?: AbortOptions,
): Promise<void> {
  await multiWrite([[reference, image]], writable, options);
}

/** Does the same as {@link write}, to a file that appears under its name only when it is complete. */
export async function writeToFile(
  path: string,
  reference: Reference,
  image: Image,
  options?: WriteToFileOptions,
): Promise<void> {
  await multiWriteToFile(path, [[reference, image]], options);
}

/** Writes several images as one archive. Layers that images share, counted from the lowest one, are written once. */
export async function multiWrite(
  images: ImagesByReference,
  writable: Writable,
  options: AbortOptions = {},
): Promise<void> {
  await pour(archiveOf(images, options), writable, options);
}

/** Does the same as {@link multiWrite}, to a file that appears under its name only when it is complete. */
export async function multiWriteToFile(
  path: string,
  images: ImagesByReference,
  options: WriteToFileOptions = {},
): Promise<void> {
  await writeFileAtomic(path, archiveOf(images, options), options);
}

function archiveOf(images: ImagesByReference, options: AbortOptions): Readable {
  const tagged = taggedImages(images);
  return lazyTar(async (tar, options) => writeArchive(tagged, tar, options), options);
}
