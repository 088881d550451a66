import { newTag } from '../name/tag.js';
import { imageFromPath } from '../tarball/image.js';
import type { Image } from '../v1/image.js';
import type { CraneOptions } from './options.js';

/** Opens the only image of an archive, as `docker save` writes it; see `tarball.imageFromPath`. */
export async function load(path: string, options: CraneOptions = {}): Promise<Image> {
  return imageFromPath(path, { signal: options.signal });
}

/** Opens the image that has a tag in an archive. */
export async function loadTag(path: string, tag: string, options: CraneOptions = {}): Promise<Image> {
  return imageFromPath(path, { tag: newTag(tag, options), signal: options.signal });
}
