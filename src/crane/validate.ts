import { fromPath } from '../layout/from-path.js';
import { get } from '../remote/get.js';
import { image as validateImage } from '../validate/image.js';
import { index as validateIndex } from '../validate/image-index.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { isIndex } from '../v1/types.js';
import { load } from './load.js';
import { type CraneOptions, referenceOf, remoteOptions } from './options.js';

export interface ValidateOptions extends CraneOptions {
  /** Only checks that layers exist, without reading them. @default false */
  readonly fast?: boolean | undefined;
}

/**
 * Checks what a reference names: an image, or an index with all that it lists; with `platform`, only the image for it.
 *
 * @throws {@link ValidationError} with everything that was found.
 */
export async function validateRemote(reference: string, options: ValidateOptions = {}): Promise<void> {
  const found = await get(referenceOf(reference, options), remoteOptions(options));
  const whole = isIndex(found.mediaType) && options.platform === undefined;
  await check(whole ? await found.imageIndex() : await found.image({ signal: options.signal }), options);
}

/** Checks the only image of an archive. */
export async function validateArchive(path: string, options: ValidateOptions = {}): Promise<void> {
  await check(await load(path, options), options);
}

/** Checks all that an OCI layout lists. */
export async function validateLayout(path: string, options: ValidateOptions = {}): Promise<void> {
  const { signal } = options;
  await check(await (await fromPath(path, { signal })).imageIndex({ signal }), options);
}

async function check(source: Image | ImageIndex, { fast, signal, jobs }: ValidateOptions): Promise<void> {
  if ('indexManifest' in source) await validateIndex(source, { fast, signal, jobs });
  else await validateImage(source, { fast, signal, jobs });
}
