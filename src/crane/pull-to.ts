import { fromPath } from '../layout/from-path.js';
import { get } from '../remote/get.js';
import { newPuller } from '../remote/puller.js';
import type { Image } from '../v1/image.js';
import { isIndex } from '../v1/types.js';
import { type CraneOptions, referenceOf, remoteOptions } from './options.js';
import { multiSave } from './save.js';
import { multiSaveLegacy } from './save-legacy.js';

/** What a pulled image is saved as: an archive for `docker load`, one of Docker's first kind, or an OCI layout. */
export type SaveFormat = 'tarball' | 'legacy' | 'oci';

export interface PullToOptions extends CraneOptions {
  /** @default 'tarball' */
  readonly format?: SaveFormat | undefined;
  /** Notes in a layout the reference that an image was pulled by. @default false */
  readonly annotateRef?: boolean | undefined;
}

const REF_NAME = 'org.opencontainers.image.ref.name';

/**
 * Pulls images straight to the disk. An archive holds one platform of each, `platform` or linux/amd64; a
 * layout holds whole indexes unless `platform` is given. What a layout has already is not
 * downloaded again.
 */
export async function pullTo(
  references: readonly string[],
  path: string,
  options: PullToOptions = {},
): Promise<void> {
  if (options.format === 'oci') await pullToLayout(references, path, options);
  else await pullToArchive(references, path, options);
}

async function pullToArchive(
  references: readonly string[],
  path: string,
  options: PullToOptions,
): Promise<void> {
  const { platform, signal, ...rest } = remoteOptions(options);
  const reuse = newPuller(rest);
  const images: Record<string, Image> = Object.create(null) as Record<string, Image>;
  for (const text of references) {
    const found = await get(referenceOf(text, options), { reuse, platform, signal });
    images[text] = await found.image({ signal });
  }
  await (options.format === 'legacy' ? multiSaveLegacy : multiSave)(images, path, options);
}

async function pullToLayout(
  references: readonly string[],
  path: string,
  options: PullToOptions,
): Promise<void> {
  const { platform, signal, onProgress, ...rest } = remoteOptions(options);
  const reuse = newPuller(rest);
  const layout = await fromPath(path, { create: true, signal });
  for (const text of references) {
    const reference = referenceOf(text, options);
    const found = await get(reference, { reuse, platform, signal });
    const append = {
      signal,
      onProgress,
      jobs: options.jobs,
      ...(options.annotateRef === true && { annotations: { [REF_NAME]: reference.toString() } }),
    };
    if (isIndex(found.mediaType) && platform === undefined) {
      await layout.appendIndex(await found.imageIndex(), append);
    } else {
      await layout.appendImage(await found.image({ signal }), append);
    }
  }
}
