import { assertText } from '../../internal/arguments.js';
import { multiWriteToFile } from '../../legacy/tarball.js';
import type { Pushed } from '../locations/pushed.js';
import { imageFrom, type ImageSource } from '../locations/source.js';
import { referenceOf } from '../names/options.js';
import { describeSaved, imagesOf, type SaveOptions, withTag } from './save.js';

/** Options for saving in Docker's first format, which reports no progress. */
export type SaveLegacyOptions = Omit<SaveOptions, 'jobs' | 'onProgress'>;

/** Saves an image, or the image at a location, in Docker's first archive format, under the reference's tag. */
export async function saveLegacy(
  source: ImageSource,
  reference: string,
  path: string,
  options: SaveLegacyOptions = {},
): Promise<Pushed> {
  assertText('path', path, 'a path');
  const image = await imageFrom(source, options);
  const tagged = [[withTag(referenceOf(reference, options)), image]] as const;
  await multiWriteToFile(path, tagged, { signal: options.signal });
  return describeSaved(image, reference, path, options);
}

/**
 * Saves several images as one archive in Docker's first format. The keys of `images` are their references.
 *
 * @returns one result for each image, in the order of the keys.
 */
export async function multiSaveLegacy(
  images: Readonly<Record<string, ImageSource>>,
  path: string,
  options: SaveLegacyOptions = {},
): Promise<readonly Pushed[]> {
  assertText('path', path, 'a path');
  const found = await imagesOf(images, options);
  const tagged = found.map(([text, image]) => [withTag(referenceOf(text, options)), image] as const);
  await multiWriteToFile(path, tagged, { signal: options.signal });
  return Promise.all(found.map(async ([text, image]) => describeSaved(image, text, path, options)));
}
