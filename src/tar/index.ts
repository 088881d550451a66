/**
 * Reads and writes tar archives as streams: the layers of images, and any other tar.
 *
 * The reader knows the formats v7, ustar, GNU, star and PAX, with long names and sparse files. It checks the checksum of each
 * header, and that the archive is complete. It does not check names: use them as keys to compare, never as paths to open. To
 * unpack onto the disk, use `mutate.extractTo` or `mutate.extractLayerTo`.
 *
 * @example
 * ```ts
 * for await (const { header, bytes } of tar.read(await layer.uncompressed())) {
 *   if (header.name.endsWith('.json')) console.log(header.name, JSON.parse((await bytes()).toString()));
 * }
 * ```
 *
 * @packageDocumentation
 */
export type { TarHeader, TarType } from '../internal/tar/format/header.js';
export { read, type ReadOptions, type TarEntry, type TarSource } from './read.js';
export { write, type WriteOptions, type WrittenEntry } from './write.js';
