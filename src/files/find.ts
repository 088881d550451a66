import type { ImageSource } from '../crane/locations/source.js';
import { compilePathPattern } from '../internal/files/path-pattern.js';
import { trimEnd } from '../internal/trim-end.js';
import type { FileEntry } from './file-entry.js';
import { list } from './list.js';
import type { FilesOptions } from './options.js';

/**
 * Finds the files and directories whose path matches a pattern, in the order of {@link list}.
 *
 * `*` and `?` match within one name, `[a-z]` is a class, and `**` matches any number of directories. A pattern without a slash
 * is compared with the last name of each path, any other pattern with the complete path: `*.pem` finds all such files, and
 * `/etc/*.conf` those in one directory.
 *
 * @throws BadPatternError if the pattern is not valid
 */
export async function* find(
  image: ImageSource,
  pattern: string,
  options: FilesOptions = {},
): AsyncGenerator<FileEntry, undefined> {
  const isName = !pattern.includes('/');
  const matches = compilePathPattern(isName ? pattern : trimEnd(pattern.replace(/^\/+/, ''), '/'));
  for await (const entry of list(image, options)) {
    const text = isName ? entry.path.slice(entry.path.lastIndexOf('/') + 1) : entry.path.slice(1);
    if (matches(text)) yield entry;
  }
  return undefined;
}
