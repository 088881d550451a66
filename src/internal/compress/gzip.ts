import type { Codec } from './codec.js';
import { gunzipped } from './gunzip.js';
import { gzipped } from './gzip-blocks.js';

/** RFC 1952, packed in parallel blocks: at level 1 by our own encoder, at others by zlib. */
export const gzip: Codec = {
  // Deflate reaches 1032.
  ratio: 1100,
  compress: (source, level) => gzipped(source, { level }),
  decompress: gunzipped,
};
