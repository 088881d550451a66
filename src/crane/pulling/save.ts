import type { AbortOptions } from '../../internal/async/abort.js';
import { fromPath } from '../../layout/from-path.js';
import type { Reference } from '../../name/reference.js';
import { multiRefWriteToFile } from '../../tarball/write.js';
import type { Image } from '../../v1/image.js';
import type { ProgressOptions } from '../../v1/progress.js';
import { type CraneOptions, referenceOf } from '../names/options.js';

/** Options for saving, and for parsing references. */
export interface SaveOptions
  extends
    AbortOptions,
    ProgressOptions,
    Pick<CraneOptions, 'jobs' | 'insecure' | 'strict' | 'defaultRegistry' | 'defaultTag'> {}

/** Tag for an image that was named by digest. Docker can only load an image that has a tag. */
const DIGEST_TAG = 'i-was-a-digest';

/** Saves an image as an archive that `docker load` reads, under the reference's tag. */
export async function save(
  image: Image,
  reference: string,
  path: string,
  options: SaveOptions = {},
): Promise<void> {
  await multiSave({ [reference]: image }, path, options);
}

/** Saves several images as one archive that `docker load` reads. The keys of `images` are their references. */
export async function multiSave(
  images: Readonly<Record<string, Image>>,
  path: string,
  options: SaveOptions = {},
): Promise<void> {
  const tagged = Object.entries(images).map(
    ([text, image]) => [withTag(referenceOf(text, options)), image] as const,
  );
  await multiRefWriteToFile(path, tagged, options);
}

/** Adds an image to an OCI layout, which is created if it does not exist. */
export async function saveOci(image: Image, path: string, options: SaveOptions = {}): Promise<void> {
  await multiSaveOci([image], path, options);
}

/** Adds several images to an OCI layout, which is created if it does not exist. */
export async function multiSaveOci(
  images: Iterable<Image>,
  path: string,
  options: SaveOptions = {},
): Promise<void> {
  const layout = await fromPath(path, { create: true, signal: options.signal });
  for (const image of images) await layout.appendImage(image, options);
}

/** A reference that an archive can store: a tag as it is, and a digest replaced by a fixed tag. */
export function withTag(reference: Reference): Reference {
  return reference.kind === 'tag' ? reference : reference.context().tag(DIGEST_TAG);
}
