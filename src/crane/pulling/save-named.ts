import type { Writable } from 'node:stream';
import { BadNameError } from '../../errors/invalid/name.js';
import { multiWrite as writeLegacy, multiWriteToFile as writeLegacyToFile } from '../../legacy/tarball.js';
import type { Reference } from '../../name/reference.js';
import { multiWriteOci, multiWriteOciToFile } from '../../tarball/write-oci.js';
import { multiRefWrite, multiRefWriteToFile } from '../../tarball/write.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { locationText, type ImageLocation } from '../names/location.js';
import { ociName } from '../names/oci-name.js';
import { type CraneOptions, referenceOf } from '../names/options.js';
import { withTag } from './save.js';

/** Content with the location that it came from, from which it gets its name in an archive. */
export type Located<T> = readonly [ImageLocation, T];

/** Saves images as an archive that `docker load` reads. */
export async function saveNamed(
  images: readonly Located<Image>[],
  target: string | Writable,
  options: CraneOptions,
): Promise<void> {
  const tagged = withTags(images, options);
  const path = pathOf(target);
  if (path === undefined) await multiRefWrite(tagged, streamOf(target, options), options);
  else await multiRefWriteToFile(path, tagged, options);
}

/** Saves images as an archive in Docker's first format. */
export async function saveNamedLegacy(
  images: readonly Located<Image>[],
  target: string | Writable,
  options: CraneOptions,
): Promise<void> {
  const tagged = withTags(images, options);
  const path = pathOf(target);
  const { signal } = options;
  if (path === undefined) await writeLegacy(tagged, streamOf(target, options), { signal });
  else await writeLegacyToFile(path, tagged, { signal });
}

/** Saves images and indexes as an OCI archive. */
export async function saveNamedOci(
  contents: readonly Located<Image | ImageIndex>[],
  target: string | Writable,
  options: CraneOptions,
): Promise<void> {
  const named = contents.map(([location, content]) => [nameFor(location, options), content] as const);
  const path = pathOf(target);
  if (path === undefined) await multiWriteOci(named, streamOf(target, options), options);
  else await multiWriteOciToFile(path, named, options);
}

/** The path of the target; undefined if the target is a stream. */
function pathOf(target: string | Writable): string | undefined {
  return typeof target === 'string' && target !== '-' ? target : undefined;
}

function streamOf(target: string | Writable, { stdout = process.stdout }: CraneOptions): Writable {
  return typeof target === 'string' ? stdout : target;
}

/** The name that the content has at its location. */
function nameFor(location: ImageLocation, options: CraneOptions): Reference | string {
  if (typeof location === 'string') return referenceOf(location, options);
  if (location.kind === 'docker') return referenceOf(location.reference, options);
  if (location.kind === 'docker-daemon') return ociName(location.reference, options);
  return ociName(location.tag, options);
}

function withTags(
  images: readonly Located<Image>[],
  options: CraneOptions,
): readonly (readonly [Reference, Image])[] {
  return images.map(([location, image]) => [tagFor(location, options), image]);
}

/** The tag of an image in an archive for Docker, which needs one for every image. */
function tagFor(location: ImageLocation, options: CraneOptions): Reference {
  const name = nameFor(location, options);
  if (typeof name !== 'string') return withTag(name);
  if (name !== '') return withTag(referenceOf(name, options));
  const text = locationText(location);
  throw new BadNameError(text, 'it gives no tag for the archive', 'add one, as in PATH:REPOSITORY:TAG');
}
