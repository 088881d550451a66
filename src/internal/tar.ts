/** Tar archives as streams. To read one from a file in any order, see `tar-index.ts`. */
export type { TarHeaderInput } from './tar-encode.js';
export type { TarHeader } from './tar-header.js';
export { readTar, type TarEntry } from './tar-reader.js';
export { createTar, type TarWriter, type TarWriterOptions } from './tar-writer.js';
