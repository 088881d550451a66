import { assertMethods } from '../../internal/arguments.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { chooseImage } from './choose-image.js';
import { contentOf, find, type Found, localFound } from './find.js';
import {
  assertLocation,
  type ImageLocation,
  type ImageSource,
  isLocation,
  locationText,
} from '../names/location.js';
import { type CraneOptions, platformOf } from '../names/options.js';

export { type ImageSource, isLocation } from '../names/location.js';

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

/** What a source has, as `find` gives it. */
export async function foundFrom(source: ImageSource, options: CraneOptions): Promise<Found> {
  assertSource(source);
  return isLocation(source) ? find(source, options) : localFound(source, sourceText(source), options);
}

/** The text of a source for messages. */
export function sourceText(source: ImageSource): string {
  if (isLocation(source)) return locationText(source);
  return isImageIndex(source) ? 'the index' : 'the image';
}

/** The location of a source; undefined for an image that is given. */
export function locationIn(source: ImageSource): ImageLocation | undefined {
  return typeof source === 'string' || isLocation(source) ? source : undefined;
}

/** @throws TypeError if an argument is not an {@link ImageSource}. */
export function assertSource(source: unknown): asserts source is ImageSource {
  if (typeof source === 'string') return;
  if (typeof source === 'object' && source !== null && 'kind' in source) {
    assertLocation(source, 'source');
    return;
  }
  const wanted = 'a reference such as `alpine:3`, a location, an image or an index';
  assertMethods('source', source, ['rawManifest', 'digest'], wanted);
}
