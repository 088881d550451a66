import path from 'node:path';
import { NotFoundError } from '../errors/service/not-found.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { makeDirectory } from '../internal/files/make-directory.js';
import type { ImageIndex } from '../v1/image-index.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import { ociImageIndex } from '../v1/types.js';
import { directoryPath } from './directory-path.js';
import { type IndexFile, indexFile, readSmallFile } from './index-file.js';
import { checkLayoutFile, LAYOUT_FILE, LAYOUT_FILE_CONTENT, LAYOUT_FILE_MAX_BYTES } from './layout-file.js';
import type { FromPathOptions, LayoutOptions, Path, WriteImageOptions } from './path.js';

export interface WriteOptions extends LayoutOptions, WriteImageOptions {}

/**
 * Opens a layout.
 *
 * @throws NotFoundError if the directory has no `index.json`.
 * @throws UnsupportedError for a version of the format other than 1.
 */
export async function fromPath(directory: string, options: FromPathOptions = {}): Promise<Path> {
  const index = indexFile(directory, options);
  if (options.create === true) await createIn(directory, index, options);
  const file = path.join(directory, LAYOUT_FILE);
  if (options.create !== true) await index.read(options);
  const content = await undefinedIfMissing(readSmallFile(file, { signal: options.signal, ...layoutFileCap }));
  // Neither go-containerregistry nor skopeo looks for it, so some tools forget to write it.
  if (content !== undefined) checkLayoutFile(content, file);
  return directoryPath(directory, options);
}

/** The index of the layout in a directory. */
export async function imageIndexFromPath(
  directory: string,
  options: LayoutOptions = {},
): Promise<ImageIndex> {
  return (await fromPath(directory, options)).imageIndex(options);
}

/**
 * Makes a layout whose `index.json` is an index, byte for byte, and writes everything below it. A layout that
 * is there already gets that `index.json` in place of its own and keeps its blobs.
 */
export async function write(directory: string, index: ImageIndex, options: WriteOptions = {}): Promise<Path> {
  const layout = directoryPath(directory, options);
  await makeDirectory(directory, options);
  await writeFileAtomic(path.join(directory, LAYOUT_FILE), LAYOUT_FILE_CONTENT, options);
  await layout.publish(
    async (writer) => writer.writeChildren(index, options),
    async (file) => file.write(await index.rawManifest(options), options),
    options,
  );
  return layout;
}

async function createIn(directory: string, index: IndexFile, options: FromPathOptions): Promise<void> {
  await makeDirectory(directory, options);
  // Under the lock, as another process may have created it, and appended to it, a moment ago.
  await index.locked(async () => {
    const file = path.join(directory, LAYOUT_FILE);
    if ((await undefinedIfMissing(readSmallFile(file, layoutFileCap))) === undefined) {
      await writeFileAtomic(file, LAYOUT_FILE_CONTENT, options);
    }
    if ((await undefinedIfMissing(index.read(options))) === undefined)
      await index.write(EMPTY_INDEX, options);
  }, options);
}

const layoutFileCap = { maxBytes: LAYOUT_FILE_MAX_BYTES, option: 'maxBytes' } as const;

const EMPTY_INDEX = marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests: [] });

async function undefinedIfMissing(reading: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
