import type { Writable } from 'node:stream';
import { BadNameError } from '../../errors/invalid/name.js';
import { multiWrite as writeLegacy, multiWriteToFile as writeLegacyToFile } from '../../legacy/tarball.js';
import type { Reference } from '../../name/reference.js';
import { multiWriteOci, multiWriteOciToFile } from '../../tarball/write-oci.js';
import { multiRefWrite, multiRefWriteToFile } from '../../tarball/write.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { formatLocation, type Place } from '../locations/location.js';
import { ociName } from '../locations/oci-name.js';
import { type CraneOptions, referenceOf } from '../locations/options.js';
import { withTag } from './save.js';

/** Something with the place that it came from, whose name it keeps. */
export type Named<T> = readonly [Place, T];

/** Saves images as an archive that `docker load` reads. */
export async function saveNamed(
  images: readonly Named<Image>[],
  target: string | Writable,
  options: CraneOptions,
): Promise<void> {
  const tagged = images.map(([place, image]) => [tagFor(place, options), image] as const);
  const path = pathOf(target);
  if (path === undefined) await multiRefWrite(tagged, streamOf(target, options), options);
  else await multiRefWriteToFile(path, tagged, options);
}

/** Saves images as an archive in Docker's first format. */
export async function saveNamedLegacy(
  images: readonly Named<Image>[],
  target: string | Writable,
  options: CraneOptions,
): Promise<void> {
  const tagged = images.map(([place, image]) => [tagFor(place, options), image] as const);
  const path = pathOf(target);
  const { signal } = options;
  if (path === undefined) await writeLegacy(tagged, streamOf(target, options), { signal });
  else await writeLegacyToFile(path, tagged, { signal });
}

/** Saves images and indexes as an OCI archive. */
export async function saveNamedOci(
  contents: readonly Named<Image | ImageIndex>[],
  target: string | Writable,
  options: CraneOptions,
): Promise<void> {
  const named = contents.map(([place, content]) => [nameFor(place, options), content] as const);
  const path = pathOf(target);
  if (path === undefined) await multiWriteOci(named, streamOf(target, options), options);
  else await multiWriteOciToFile(path, named, options);
}

/** Undefined for what is a stream. */
function pathOf(target: string | Writable): string | undefined {
  return typeof target === 'string' && target !== '-' ? target : undefined;
}

function streamOf(target: string | Writable, { stdout = process.stdout }: CraneOptions): Writable {
  return typeof target === 'string' ? stdout : target;
}

/** What a thing is called where it comes from. */
function nameFor(place: Place, options: CraneOptions): Reference | string {
  if (typeof place === 'string') return referenceOf(place, options);
  if (place.kind === 'docker') return referenceOf(place.reference, options);
  if (place.kind === 'docker-daemon') return ociName(place.reference, options);
  return ociName(place.tag, options);
}

/** Docker wants a tag for everything. */
function tagFor(place: Place, options: CraneOptions): Reference {
  const name = nameFor(place, options);
  if (typeof name !== 'string') return withTag(name);
  if (name !== '') return withTag(referenceOf(name, options));
  const text = typeof place === 'string' ? place : formatLocation(place);
  throw new BadNameError(text, 'it says no tag for the archive', 'add one, as in PATH:REPOSITORY:TAG');
}
