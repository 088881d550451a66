import type { RandomAccess } from '../../internal/files/random-access.js';
import { readBody, type StoredBody, streamBody } from '../../internal/tar/sparse/body.js';
import type { Content } from '../nodes/node.js';

/** Files up to here are handed over as bytes. */
const MAX_SINGLE_READ_BYTES = 128 * 1024;

/** A content that is a part of a file or archive, which must stay open. */
export function storedContent(archive: RandomAccess, body: StoredBody): Content {
  return {
    size: body.size,
    open: async (options) =>
      body.size <= MAX_SINGLE_READ_BYTES
        ? readBody(archive, body, body.size, options)
        : streamBody(archive, body, options),
  };
}
