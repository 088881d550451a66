/**
 * The files of an image, as a container of it sees them: list them, find them, read one, compare two images.
 *
 * The functions take a reference, a location, an image or an index, and the options of `crane`. Layers are looked at from the
 * top, and no more is fetched than necessary. Whiteouts, opaque directories and hard links are applied by the rules of
 * `mutate.extract`; symbolic links are followed within the root of the image. To unpack all files, use `mutate.extractTo`; to
 * read the entries of one layer, use `tar.read`.
 *
 * @example
 * ```ts
 * console.log(await files.readText('alpine:3.20', '/etc/os-release'));
 * for await (const { path, size } of files.list('alpine:3.20', { path: '/etc' })) console.log(path, size);
 * ```
 *
 * @packageDocumentation
 */
export {
  type ConfigChange,
  diff,
  type DiffOptions,
  type FileAspect,
  type FileChange,
  type ImageDifference,
  type LayerDifference,
} from './diff.js';
export type { EntryLayer, FileEntry, FileType } from './file-entry.js';
export { find } from './find.js';
export { list, type ListOptions } from './list.js';
export type { FilesOptions } from './options.js';
export { open, read, readText, type ReadOptions } from './read.js';
export { stat, type StatOptions } from './stat.js';
