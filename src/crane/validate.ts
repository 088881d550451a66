import { fromPath } from '../layout/from-path.js';
import { image as validateImage } from '../validate/image.js';
import { index as validateIndex } from '../validate/image-index.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { contentFrom, type ImageSource, sourceText } from './locations/source.js';
import { reportReads } from './locations/report-reads.js';
import type { CraneOptions } from './names/options.js';

/** How thorough a check is. */
export interface ValidateOptions extends CraneOptions {
  /** Only checks that layers exist, without reading them. @default false */
  readonly fast?: boolean | undefined;
}

/**
 * Checks an image, or an index with everything that it lists, which is given or at a location. If there is an index and
 * `platform` is set, only the image for that platform is checked. The location need not be in a registry.
 *
 * @throws ValidationError if something is wrong; it lists all findings.
 */
export async function validate(source: ImageSource, options: ValidateOptions = {}): Promise<void> {
  await check(await contentFrom(source, options), sourceText(source), options);
}

/** The same as {@link validate}; the name says only what it is mostly used for. */
export async function validateRemote(source: ImageSource, options: ValidateOptions = {}): Promise<void> {
  await validate(source, options);
}

/**
 * Checks the image or index in an archive that holds only one; see {@link validate}.
 *
 * @throws ValidationError if something is wrong; it lists all findings.
 * @throws AmbiguousError if the archive holds several images and `platform` does not select one.
 */
export async function validateArchive(path: string, options: ValidateOptions = {}): Promise<void> {
  await validate({ kind: 'path', path }, options);
}

/**
 * Checks everything that the `index.json` of an OCI layout lists.
 *
 * @throws ValidationError if something is wrong; it lists all findings.
 */
export async function validateLayout(path: string, options: ValidateOptions = {}): Promise<void> {
  const { signal, allowSymlinks } = options;
  await check(await (await fromPath(path, { signal, allowSymlinks })).imageIndex({ signal }), path, options);
}

async function check(
  source: Image | ImageIndex,
  subject: string,
  { fast, signal, jobs, onProgress }: ValidateOptions,
): Promise<void> {
  const content = reportReads(source, subject, onProgress);
  if (isImageIndex(content)) await validateIndex(content, { fast, signal, jobs });
  else await validateImage(content, { fast, signal, jobs });
}
