/** Tar archives as streams. `entry-index.ts` reads an archive in a file in any order. */
export type { TarHeaderInput } from './format/encode.js';
export type { TarHeader } from './format/header.js';
export { readTar, type TarEntry } from './reader.js';
export { createTar, type TarWriter, type TarWriterOptions } from './writer.js';
