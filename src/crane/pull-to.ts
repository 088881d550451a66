import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromPath } from '../layout/from-path.js';
import { get } from '../remote/get.js';
import { newPuller } from '../remote/puller.js';
import type { Image } from '../v1/image.js';
import { isIndex } from '../v1/types.js';
import { type CraneOptions, referenceOf, remoteOptions } from './options.js';
import { resumableLayers } from './resumable-layers.js';
import { multiSave } from './save.js';
import { multiSaveLegacy } from './save-legacy.js';

/** What a pulled image is saved as: an archive for `docker load`, one of Docker's first kind, or an OCI layout. */
export type SaveFormat = 'tarball' | 'legacy' | 'oci';

export interface PullToOptions extends CraneOptions {
  /** @default 'tarball' */
  readonly format?: SaveFormat | undefined;
  /** Notes in a layout the reference that an image was pulled by. @default false */
  readonly annotateRef?: boolean | undefined;
  /**
   * Keeps what was downloaded when a pull fails, or is killed, in `.<digest>.partial` files beside the archive or the
   * layout's blobs; a later pull with this option goes on from there. @default false
   */
  readonly resume?: boolean | undefined;
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
  const save = options.format === 'legacy' ? multiSaveLegacy : multiSave;
  if (options.resume === true && !(await isSpecial(path))) await saveResumed(save, images, path, options);
  else await save(images, path, options);
}

async function saveResumed(
  save: typeof multiSave,
  images: Readonly<Record<string, Image>>,
  path: string,
  options: PullToOptions,
): Promise<void> {
  for (;;) {
    const layers = resumableLayers(dirname(path), { maxConfigBytes: options.maxConfigBytes });
    const kept = Object.entries(images).map(([text, image]) => [text, layers.of(image)] as const);
    try {
      await save(Object.fromEntries(kept), path, options);
      await layers.discard();
      return;
    } catch (error) {
      const again = await layers.keep(error);
      options.signal?.throwIfAborted();
      if (!again) throw error;
    }
  }
}

/** Whether something is there that is no file, such as a device: beside it nothing is kept. */
async function isSpecial(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isFile(),
    () => false,
  );
}

async function pullToLayout(
  references: readonly string[],
  path: string,
  options: PullToOptions,
): Promise<void> {
  const { platform, signal, onProgress, ...rest } = remoteOptions(options);
  const reuse = newPuller(rest);
  const layout = await fromPath(path, { create: true, resume: options.resume, signal });
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
