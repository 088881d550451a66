import type { ByteSink } from '../internal/streams/web.js';
import type { Reference } from '../name/reference.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { type OciContents, planOciArchive } from './write/oci-plan.js';
import type { WriteOptions, WriteToFileOptions } from './write/options.js';
import { writePlanned, writePlannedToFile } from './write/planned.js';

/**
 * Writes an image, or an index with all its platforms, as an OCI archive: an image layout in a tar, which podman, skopeo and
 * containerd read. Unlike an archive for `docker load` alone, it keeps the manifests and their digests. Every version of
 * Docker loads it too, because it contains a `manifest.json`; an old Docker gives the tag of an index to its first platform.
 *
 * The function does not end the stream, which may be one of the web. If it fails, it destroys the stream.
 *
 * @throws LimitExceededError if indexes nest more than 16 levels deep.
 */
export async function writeOci(
  reference: Reference | string,
  content: Image | ImageIndex,
  writable: ByteSink,
  options?: WriteOptions,
): Promise<void> {
  await multiWriteOci([[reference, content]], writable, options);
}

/** Does the same as {@link writeOci}, to a file that appears under its name only when it is complete and verified. */
export async function writeOciToFile(
  path: string,
  reference: Reference | string,
  content: Image | ImageIndex,
  options?: WriteToFileOptions,
): Promise<void> {
  await multiWriteOciToFile(path, [[reference, content]], options);
}

/**
 * Writes several images and indexes as one OCI archive, in the order of the input; see {@link writeOci}. A blob that several
 * of them share is written once.
 */
export async function multiWriteOci(
  contents: OciContents,
  writable: ByteSink,
  options: WriteOptions = {},
): Promise<void> {
  await writePlanned(async (options) => planOciArchive(contents, options), writable, options);
}

/** Does the same as {@link multiWriteOci}, to a file that appears under its name only when it is complete and verified. */
export async function multiWriteOciToFile(
  path: string,
  contents: OciContents,
  options: WriteToFileOptions = {},
): Promise<void> {
  await writePlannedToFile(async (options) => planOciArchive(contents, options), path, options);
}
