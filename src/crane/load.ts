import type { ByteSource } from '../internal/streams/web.js';
import { newTag } from '../name/tag.js';
import type { Selection } from '../stored/images.js';
import type { Image } from '../v1/image.js';
import { open, openOptions } from './locations/open.js';
import { type CraneOptions, platformOf } from './names/options.js';

/** Selects one of several images. */
export interface LoadOptions extends CraneOptions, Pick<Selection, 'tag' | 'digest'> {}

/**
 * Opens an image on the disk, in any form that {@link open} knows. If the archive or layout holds several images, `tag`,
 * `digest` and `platform` select one.
 *
 * @throws NotFoundError if no image matches; the error lists the images that exist.
 * @throws AmbiguousError if several images match; the error lists them.
 */
export async function load(source: string | ByteSource, options: LoadOptions = {}): Promise<Image> {
  const { tag, digest, platform, signal } = options;
  const stored = await open(source, openOptions(options));
  try {
    return await stored.image({ tag, digest, platform: platformOf(platform) }, { signal });
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** Opens the image with the given tag from an archive or a layout; see {@link load}. */
export async function loadTag(
  source: string | ByteSource,
  tag: string,
  options: CraneOptions = {},
): Promise<Image> {
  return load(source, { ...options, tag: newTag(tag, options) });
}
