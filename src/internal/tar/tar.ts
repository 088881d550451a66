/** Tar archives as streams. To read one from a file in any order, see `tar-index.ts`. */
export type { TarHeaderInput } from './format/encode.js';
export type { TarHeader } from './format/header.js';
export { readTar, type TarEntry } from './reader.js';
export { createTar, type TarWriter, type TarWriterOptions } from './writer.js';
