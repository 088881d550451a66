import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { chooseImage } from './choose-image.js';
import { contentOf, find } from './find.js';
import type { ImageLocation } from '../names/location.js';
import { type CraneOptions, platformOf } from '../names/options.js';

/** An image or index, or where to find one: a reference as text, or any other {@link ImageLocation}. */
export type ImageSource = Image | ImageIndex | ImageLocation;

/**
 * The image or index of a source. With `platform`, it is the image for that platform.
 *
 * @throws TypeError if the source is not an {@link ImageSource}
 */
export async function contentFrom(
  source: ImageSource,
  options: CraneOptions = {},
): Promise<Image | ImageIndex> {
  assertSource(source);
  if (isLocation(source)) return contentOf(await find(source, options), options);
  if (isImageIndex(source) && options.platform !== undefined) return imageFrom(source, options);
  return source;
}

/**
 * The image of a source. Of an index, it is the image for `platform`, or for linux/amd64.
 *
 * @throws TypeError if the source is not an {@link ImageSource}
 */
export async function imageFrom(source: ImageSource, options: CraneOptions = {}): Promise<Image> {
  assertSource(source);
  const { platform, signal } = options;
  if (isLocation(source)) return (await find(source, options)).image({ signal });
  if (isImageIndex(source)) return chooseImage(source, 'the index', platformOf(platform), { signal });
  return source;
}

/** Whether a source says where to find an image, and is not the image itself. */
export function isLocation(source: ImageSource): source is ImageLocation {
  return typeof source === 'string' || 'kind' in source;
}

function assertSource(source: unknown): asserts source is ImageSource {
  if (typeof source === 'string') return;
  if (typeof source === 'object' && source !== null && ('kind' in source || 'rawManifest' in source)) return;
  throw new TypeError(
    'the source must be a reference such as `alpine:3`, a location, an image or an index; ' +
      `it is ${source === null ? 'null' : typeof source}`,
  );
}
