import type { Codec } from './codec.js';
import { gunzipped } from './gunzip.js';
import { gzipped } from './gzip-blocks.js';

/** RFC 1952, compressed in parallel blocks: at level 1 by this package's own encoder, at other levels by zlib. */
export const gzip: Codec = {
  // The highest ratio of deflate is 1032.
  ratio: 1100,
  compress: (source, level) => gzipped(source, { level }),
  decompress: gunzipped,
};
