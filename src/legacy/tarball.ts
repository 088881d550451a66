import type { Readable, Writable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { pour } from '../internal/streams/pour.js';
import { writtenTar } from '../internal/tar/written-tar.js';
import type { Reference } from '../name/reference.js';
import { type ImagesByReference, taggedImages } from '../tarball/documents/repo-tags.js';
import type { Image } from '../v1/image.js';
import { writeArchive } from './write-archive.js';

export type { ImagesByReference } from '../tarball/documents/repo-tags.js';

export interface WriteToFileOptions extends AbortOptions {
  /** Waits until the disk has the file, so that it survives a loss of power. @default false */
  readonly durable?: boolean | undefined;
}

/**
 * Writes an image as an archive in Docker's first format. The writable is not ended; after a failure it is
 * destroyed.
 *
 * The same image gives the same bytes, which are those of go-containerregistry. Layers are read one after the
 * other, each once.
 *
 * @throws ManifestInvalidError if the history tells of more or fewer layers than there are.
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

/** As {@link write}, to a file that appears under its name when it is complete. */
export async function writeToFile(
  path: string,
  reference: Reference,
  image: Image,
  options?: WriteToFileOptions,
): Promise<void> {
  await multiWriteToFile(path, [[reference, image]], options);
}

/** Writes several images as one archive; layers that images share from the lowest on are written once. */
export async function multiWrite(
  images: ImagesByReference,
  writable: Writable,
  options: AbortOptions = {},
): Promise<void> {
  await pour(archiveOf(images, options), writable, options);
}

/** As {@link multiWrite}, to a file that appears under its name when it is complete. */
export async function multiWriteToFile(
  path: string,
  images: ImagesByReference,
  options: WriteToFileOptions = {},
): Promise<void> {
  await writeFileAtomic(path, archiveOf(images, options), options);
}

function archiveOf(images: ImagesByReference, options: AbortOptions): Readable {
  const tagged = taggedImages(images);
  return writtenTar(async (tar, options) => writeArchive(tagged, tar, options), options);
}
