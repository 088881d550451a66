import type { Writable } from 'node:stream';
import type { Reference } from '../name/reference.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { type OciContents, planOciArchive } from './write/oci-plan.js';
import type { WriteOptions, WriteToFileOptions } from './write/options.js';
import { writePlanned, writePlannedToFile } from './write/planned.js';

/**
 * Writes an image, or an index with all its platforms, as an OCI archive: an image layout in a tar, which
 * podman, skopeo and containerd read. Unlike an archive for `docker load` alone it keeps manifests, and so digests; any
 * Docker loads it too, by the `manifest.json` in it. Of the platforms of an index, an old Docker's tag gets the first.
 * The writable is not ended; after a failure it is destroyed.
 */
export async function writeOci(
  reference: Reference | string,
  content: Image | ImageIndex,
  writable: Writable,
  options?: WriteOptions,
): Promise<void> {
  await multiWriteOci([[reference, content]], writable, options);
}

/** As {@link writeOci}, to a file that appears under its name when it is complete and verified. */
export async function writeOciToFile(
  path: string,
  reference: Reference | string,
  content: Image | ImageIndex,
  options?: WriteToFileOptions,
): Promise<void> {
  await multiWriteOciToFile(path, [[reference, content]], options);
}

/** As {@link writeOci}, for several; what they share is written once, and they keep their order. */
export async function multiWriteOci(
  contents: OciContents,
  writable: Writable,
  options: WriteOptions = {},
): Promise<void> {
  await writePlanned(async (options) => planOciArchive(contents, options), writable, options);
}

/** As {@link multiWriteOci}, to a file that appears under its name when it is complete and verified. */
export async function multiWriteOciToFile(
  path: string,
  contents: OciContents,
  options: WriteToFileOptions = {},
): Promise<void> {
  await writePlannedToFile(async (options) => planOciArchive(contents, options), path, options);
}
