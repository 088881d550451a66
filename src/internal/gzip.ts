import type { Codec } from './codec.js';
import { gunzipped } from './gunzip.js';
import { gzipped } from './gzip-blocks.js';

/** RFC 1952, packed in parallel blocks by zlib's thread pool. */
export const gzip: Codec = {
  compress: (source, level) => gzipped(source, { level }),
  decompress: gunzipped,
};
