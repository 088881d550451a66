import type { ImageSource } from '../crane/locations/source.js';
import { type FileEntry, fileEntry } from './file-entry.js';
import { lookupError } from './lookup-error.js';
import { loaderFor, viewOf } from './opened-view.js';
import type { FilesOptions } from './options.js';

/** Options of {@link stat}. */
export interface StatOptions extends FilesOptions {
  /** Follows a symbolic link at the end of the path. Links before the end are always followed. @default true */
  readonly followLinks?: boolean | undefined;
}

/**
 * Finds one file or directory. Links are followed within the root of the image. Layers are looked at from the top, and only
 * as far as necessary.
 *
 * @throws NotFoundError if the image has no such path; its hint names a similar path
 * @throws TypeError if the source is not an {@link ImageSource}
 */
export async function stat(image: ImageSource, path: string, options: StatOptions = {}): Promise<FileEntry> {
  const { followLinks = true } = options;
  const loader = loaderFor(options, {});
  try {
    const view = await viewOf(image, loader, options);
    try {
      const result = await view.lookup(path, { followLast: followLinks, needsMetadata: true });
      if (result.kind !== 'found') throw lookupError(path, result);
      return fileEntry(result.parts, result.found, result.source);
    } finally {
      await view.end();
    }
  } finally {
    await loader.close();
  }
}
