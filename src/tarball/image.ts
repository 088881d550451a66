import type { AbortOptions } from '../internal/async/abort.js';
import type { Opener } from '../partial/layers/layer-source.js';
import type { Image } from '../v1/image.js';
import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import type { Selection } from '../stored/images.js';
import type { OpenOptions } from './read/archive.js';
import type { ArchiveManifest } from './documents/archive-manifest.js';
import { open } from './open.js';

/** Options of the functions that open one image of an archive. */
export interface ImageOptions extends OpenOptions, Selection {}

/**
 * Opens the image in an archive. If the archive has several images, the options must select one.
 *
 * The opener is called once, and its archive is copied; see {@link open}. If the archive does not contain the image's
 * original manifest, a new manifest is made.
 *
 * @throws AmbiguousError if the archive has several images and the options do not select one.
 * @throws NotFoundError if the archive does not have the selected image.
 * @throws ArchiveInvalidError if the file is not an archive of images.
 */
export async function image(opener: Opener, options: ImageOptions = {}): Promise<Image> {
  return openSelected(opener, options);
}

/**
 * Opens the image in an archive file. If the archive has several images, the options must select one.
 *
 * A plain tar is read in place and must not change as long as the image is used.
 *
 * @throws AmbiguousError if the archive has several images and the options do not select one.
 * @throws NotFoundError if the archive does not have the selected image.
 * @throws ArchiveInvalidError if the file is not an archive of images.
 */
export async function imageFromPath(path: string, options: ImageOptions = {}): Promise<Image> {
  return openSelected(path, options);
}

/**
 * Reads the `manifest.json` of an archive, which lists all its images with their tags.
 *
 * @throws ManifestInvalidError if the archive has no `manifest.json`, as some OCI archives, or if it is invalid.
 */
export async function loadManifest(opener: Opener, options: OpenOptions = {}): Promise<ArchiveManifest> {
  const archive = await open(opener, options);
  await archive.close();
  if (archive.manifest === undefined) {
    throw new ManifestInvalidError('archive: it has no manifest.json', {
      hint: 'list the images of an OCI archive with `open`',
    });
  }
  return archive.manifest;
}

async function openSelected(source: string | Opener, options: ImageOptions): Promise<Image> {
  const { tag, digest, platform, signal }: Selection & AbortOptions = options;
  const archive = await open(source, options);
  try {
    return await archive.image({ tag, digest, platform }, { signal });
  } catch (error) {
    await archive.close();
    throw error;
  }
}
