import path from 'node:path';
import { NotFoundError } from '../errors/service/not-found.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { assertOptions, assertText } from '../internal/arguments.js';
import { makeDirectory } from '../internal/files/make-directory.js';
import { assertIndex } from '../v1/assert-content.js';
import type { ImageIndex } from '../v1/image-index.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import { ociImageIndex } from '../v1/types.js';
import { directoryPath } from './directory-path.js';
import { type IndexFile, indexFile, readSmallFile } from './index-file.js';
import { checkLayoutFile, LAYOUT_FILE, LAYOUT_FILE_CONTENT, LAYOUT_FILE_MAX_BYTES } from './layout-file.js';
import type { FromPathOptions, LayoutOptions, Path, WriteImageOptions } from './path.js';

/** Options of {@link write}. */
export interface WriteOptions extends LayoutOptions, WriteImageOptions {}

/**
 * Opens a layout in a directory.
 *
 * @throws NotFoundError if the directory has no `index.json`, unless `create` is set.
 * @throws UnsupportedError for a version of the format other than 1.
 */
export async function fromPath(directory: string, options: FromPathOptions = {}): Promise<Path> {
  assertText('directory', directory, 'a path');
  assertOptions(options);
  const index = indexFile(directory, options);
  if (options.create === true) await createIn(directory, index, options);
  const file = path.join(directory, LAYOUT_FILE);
  if (options.create !== true) await index.read(options);
  const content = await undefinedIfMissing(readSmallFile(file, { signal: options.signal, ...layoutFileCap }));
  // The file may be missing: go-containerregistry and skopeo do not look for it, so some tools do not write it.
  if (content !== undefined) checkLayoutFile(content, file);
  return directoryPath(directory, options);
}

/**
 * Reads the index in the `index.json` of a layout.
 *
 * @throws NotFoundError if the directory has no `index.json`.
 */
export async function imageIndexFromPath(
  directory: string,
  options: LayoutOptions = {},
): Promise<ImageIndex> {
  return (await fromPath(directory, options)).imageIndex(options);
}

/**
 * Writes a layout whose `index.json` has exactly the bytes of an index, and everything below the index. In an existing
 * layout, the `index.json` is replaced and the blobs are kept.
 */
export async function write(directory: string, index: ImageIndex, options: WriteOptions = {}): Promise<Path> {
  assertText('directory', directory, 'a path');
  assertIndex('index', index);
  assertOptions(options);
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
  // The lock is needed, because another process may be creating the layout, or appending to it, at the same time.
  await index.locked(async () => {
    const file = path.join(directory, LAYOUT_FILE);
    if ((await undefinedIfMissing(readSmallFile(file, layoutFileCap))) === undefined) {
      await writeFileAtomic(file, LAYOUT_FILE_CONTENT, options);
    }
    if ((await undefinedIfMissing(index.read(options))) === undefined)
      await index.write(EMPTY_INDEX, options);
  }, options);
}

const layoutFileCap = { maxBytes: LAYOUT_FILE_MAX_BYTES } as const;

const EMPTY_INDEX = marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests: [] });

async function undefinedIfMissing(reading: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
