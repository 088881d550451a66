import type { Readable } from 'node:stream';
import { newTag } from '../name/tag.js';
import type { Selection } from '../stored/images.js';
import type { Image } from '../v1/image.js';
import { open, openOptions } from './locations/open.js';
import { type CraneOptions, platformOf } from './locations/options.js';

export interface LoadOptions extends CraneOptions, Pick<Selection, 'tag' | 'digest'> {}

/**
 * Opens an image on the disk, in any form that {@link open} knows: the one that `tag`, `digest` or `platform` selects, or
 * the only one.
 *
 * @throws {@link NotFoundError} if there is none; it lists what there is.
 * @throws {@link AmbiguousError} if there are several; it lists them.
 */
export async function load(source: string | Readable, options: LoadOptions = {}): Promise<Image> {
  const { tag, digest, platform, signal } = options;
  const stored = await open(source, openOptions(options));
  try {
    return await stored.image({ tag, digest, platform: platformOf(platform) }, { signal });
  } catch (error) {
    await stored.close();
    throw error;
  }
}

/** Opens the image that has a tag; see {@link load}. */
export async function loadTag(
  source: string | Readable,
  tag: string,
  options: CraneOptions = {},
): Promise<Image> {
  return load(source, { ...options, tag: newTag(tag, options) });
}
