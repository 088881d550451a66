import { fromPath } from '../layout/from-path.js';
import { image as validateImage } from '../validate/image.js';
import { index as validateIndex } from '../validate/image-index.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { contentOf, find } from './locations/find.js';
import type { Place } from './locations/location.js';
import type { CraneOptions } from './locations/options.js';

export interface ValidateOptions extends CraneOptions {
  /** Only checks that layers exist, without reading them. @default false */
  readonly fast?: boolean | undefined;
}

/**
 * Checks what is at a place: an image, or an index with all that it lists; with `platform`, only the image for it.
 *
 * @throws {@link ValidationError} with everything that was found.
 */
export async function validateRemote(place: Place, options: ValidateOptions = {}): Promise<void> {
  await check(await contentOf(await find(place, options), options), options);
}

/** Checks the only thing in an archive, an image or an index, or with `platform` the image for it. */
export async function validateArchive(path: string, options: ValidateOptions = {}): Promise<void> {
  await check(await contentOf(await find({ kind: 'path', path }, options), options), options);
}

/** Checks all that an OCI layout lists. */
export async function validateLayout(path: string, options: ValidateOptions = {}): Promise<void> {
  const { signal, allowSymlinks } = options;
  await check(await (await fromPath(path, { signal, allowSymlinks })).imageIndex({ signal }), options);
}

async function check(source: Image | ImageIndex, { fast, signal, jobs }: ValidateOptions): Promise<void> {
  if (isImageIndex(source)) await validateIndex(source, { fast, signal, jobs });
  else await validateImage(source, { fast, signal, jobs });
}
