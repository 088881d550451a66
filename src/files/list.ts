import type { ImageSource } from '../crane/locations/source.js';
import { type FileEntry, fileEntry } from './file-entry.js';
import { lookupError } from './lookup-error.js';
import { loaderFor, viewOf } from './opened-view.js';
import type { FilesOptions } from './options.js';
import type { MergedView } from './view/merged-view.js';
import { type Walked, walk } from './view/walk.js';

/** Options of {@link list}. */
export interface ListOptions extends FilesOptions {
  /** The directory to list. Of anything else, the list has the file itself. Links are followed. @default '/' */
  readonly path?: string | undefined;
  /** Levels below the directory. 1 lists only its own entries. @default all */
  readonly depth?: number | undefined;
}

/**
 * Lists the files of an image as a container of the image sees them: whiteouts are applied, and of each path only the entry of
 * the uppermost layer is listed. The directory itself is not listed.
 *
 * A directory comes before its content, and the names in a directory are in the order of their bytes. All layers are needed;
 * three are read at a time. The entries of all layers are in memory, about 1 KiB for each; contents are not.
 *
 * @throws NotFoundError if the image has no such path
 * @throws TypeError if the source is not an {@link ImageSource}
 */
export async function* list(
  image: ImageSource,
  options: ListOptions = {},
): AsyncGenerator<FileEntry, undefined> {
  const { path = '/', depth, signal } = options;
  const loader = loaderFor(options, {});
  try {
    const view = await viewOf(image, loader, options);
    await view.loadAll(options);
    const result = await view.lookup(path, { followLast: true, needsMetadata: false });
    if (result.kind !== 'found') throw lookupError(path, result);
    if (result.found.kind === 'file') yield fileEntry(result.parts, result.found, result.source);
    else for await (const walked of walk(result, { signal, depth })) yield walkedEntry(view, walked);
    return undefined;
  } finally {
    await loader.close();
  }
}

/** The entry of a path that was walked over, when all layers are loaded. */
export function walkedEntry(view: MergedView, { parts, found }: Walked): FileEntry {
  return fileEntry(parts, found, found.kind === 'file' ? view.sourceOf(found) : undefined);
}
