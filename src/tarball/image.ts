import type { AbortOptions } from '../internal/async/abort.js';
import type { Opener } from '../partial/layers/layer-source.js';
import type { Image } from '../v1/image.js';
import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import type { Selection } from '../stored/images.js';
import type { OpenOptions } from './read/archive.js';
import type { ArchiveManifest } from './documents/archive-manifest.js';
import { open } from './open.js';

export interface ImageOptions extends OpenOptions, Selection {}

/**
 * The image in the archive that an opener gives; with several images, the one that is selected.
 *
 * The opener is called once and its archive is copied, see {@link open}. A manifest is
 * written for the image unless the archive holds the original one.
 *
 * @throws {@link AmbiguousError} if there are several images and none is selected.
 */
export async function image(opener: Opener, options: ImageOptions = {}): Promise<Image> {
  return selected(opener, options);
}

/**
 * The image in an archive file, as {@link image} finds it. A plain tar is read in place and must not
 * change as long as the image is used.
 */
export async function imageFromPath(path: string, options: ImageOptions = {}): Promise<Image> {
  return selected(path, options);
}

/** The `manifest.json` of an archive: all its images with their tags. */
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

async function selected(source: string | Opener, options: ImageOptions): Promise<Image> {
  const { tag, digest, platform, signal }: Selection & AbortOptions = options;
  const archive = await open(source, options);
  try {
    return await archive.image({ tag, digest, platform }, { signal });
  } catch (error) {
    await archive.close();
    throw error;
  }
}
