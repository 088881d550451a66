import { multiWriteToFile } from '../../legacy/tarball.js';
import type { Image } from '../../v1/image.js';
import { referenceOf } from '../names/options.js';
import { type SaveOptions, withTag } from './save.js';

/** Options for saving in Docker's first format, which reports no progress. */
export type SaveLegacyOptions = Omit<SaveOptions, 'jobs' | 'onProgress'>;

/** Saves an image in Docker's first archive format, under the reference's tag. */
export async function saveLegacy(
  image: Image,
  reference: string,
  path: string,
  options: SaveLegacyOptions = {},
): Promise<void> {
  await multiSaveLegacy({ [reference]: image }, path, options);
}

/** Saves several images as one archive in Docker's first format. The keys of `images` are their references. */
export async function multiSaveLegacy(
  images: Readonly<Record<string, Image>>,
  path: string,
  options: SaveLegacyOptions = {},
): Promise<void> {
  const tagged = Object.entries(images).map(
    ([text, image]) => [withTag(referenceOf(text, options)), image] as const,
  );
  await multiWriteToFile(path, tagged, { signal: options.signal });
}
