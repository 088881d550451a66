import { assertText } from '../../internal/arguments.js';
import { fromPath } from '../../layout/from-path.js';
import type { Reference } from '../../name/reference.js';
import { multiRefWriteToFile } from '../../tarball/write.js';
import { isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { describePushed, type Pushed } from '../locations/pushed.js';
import { contentFrom, imageFrom, type ImageSource } from '../locations/source.js';
import { formatLocation } from '../names/location.js';
import { type CraneOptions, referenceOf } from '../names/options.js';

/** Options for saving, and for finding images that are given as references or other locations. */
export type SaveOptions = CraneOptions;

/** Tag for an image that was named by digest. Docker can only load an image that has a tag. */
const DIGEST_TAG = 'i-was-a-digest';

/**
 * Saves an image as an archive that `docker load` reads, under the reference's tag. The source may also be a reference or
 * another location. Of an index, it is the image for `platform`, or for linux/amd64.
 */
export async function save(
  source: ImageSource,
  reference: string,
  path: string,
  options: SaveOptions = {},
): Promise<Pushed> {
  assertText('path', path, 'a path');
  const image = await imageFrom(source, options);
  await multiRefWriteToFile(path, [[withTag(referenceOf(reference, options)), image]], options);
  return describeSaved(image, reference, path, options);
}

/**
 * Saves several images as one archive that `docker load` reads. The keys of `images` are their references.
 *
 * @returns one result for each image, in the order of the keys.
 */
export async function multiSave(
  images: Readonly<Record<string, ImageSource>>,
  path: string,
  options: SaveOptions = {},
): Promise<readonly Pushed[]> {
  assertText('path', path, 'a path');
  const found = await imagesOf(images, options);
  const tagged = found.map(([text, image]) => [withTag(referenceOf(text, options)), image] as const);
  await multiRefWriteToFile(path, tagged, options);
  return Promise.all(found.map(async ([text, image]) => describeSaved(image, text, path, options)));
}

/** The images to save, with their references. */
export async function imagesOf(
  sources: Readonly<Record<string, ImageSource>>,
  options: CraneOptions,
): Promise<readonly (readonly [string, Image])[]> {
  return Promise.all(
    Object.entries(sources).map(async ([text, source]) => [text, await imageFrom(source, options)] as const),
  );
}

/** Describes an image that was saved in an archive under a reference. */
export async function describeSaved(
  image: Image,
  reference: string,
  path: string,
  options: CraneOptions,
): Promise<Pushed> {
  const { signal } = options;
  const parsed = referenceOf(reference, options);
  const tag = parsed.kind === 'tag' ? reference : withTag(parsed).name();
  return describePushed(image, () => formatLocation({ kind: 'docker-archive', path, tag }), { signal });
}

/**
 * Adds an image, or an index with everything that it lists, to an OCI layout, which is created if it does not exist. Of an
 * index, `platform` selects one image.
 */
export async function saveOci(source: ImageSource, path: string, options: SaveOptions = {}): Promise<Pushed> {
  assertText('path', path, 'a path');
  const layout = await fromPath(path, { create: true, signal: options.signal });
  const content = await contentFrom(source, options);
  const { signal, jobs, onProgress } = options;
  if (isImageIndex(content)) await layout.appendIndex(content, { signal, jobs, onProgress });
  else await layout.appendImage(content, { signal, jobs, onProgress });
  return describePushed(content, (digest) => formatLocation({ kind: 'oci', path, digest }), { signal });
}

/**
 * Adds several images and indexes to an OCI layout, which is created if it does not exist.
 *
 * @returns one result for each, in their order.
 */
export async function multiSaveOci(
  sources: Iterable<ImageSource>,
  path: string,
  options: SaveOptions = {},
): Promise<readonly Pushed[]> {
  assertText('path', path, 'a path');
  await fromPath(path, { create: true, signal: options.signal });
  const saved: Pushed[] = [];
  for (const source of sources) saved.push(await saveOci(source, path, options));
  return saved;
}

/** A reference that an archive can store: a tag as it is, and a digest replaced by a fixed tag. */
export function withTag(reference: Reference): Reference {
  return reference.kind === 'tag' ? reference : reference.context().tag(DIGEST_TAG);
}
