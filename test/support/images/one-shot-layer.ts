import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { NotComputedError, StreamConsumedError } from '../../../src/errors/stream-state.js';
import { sha256Bytes } from '../../../src/v1/hash.js';
import type { Layer } from '../../../src/v1/layer.js';
import { ociLayer } from '../../../src/v1/types.js';

/** A layer that can be read once, and has no digests and no size before that. */
export function oneShotLayer(tar: Buffer): Layer {
  const packed = gzipSync(tar);
  let state: 'new' | 'reading' | 'read' = 'new';
  const known = async <T>(what: string, value: T): Promise<T> => {
    if (state !== 'read') throw new NotComputedError(what);
    return value;
  };
  return {
    digest: async () => known('digest', sha256Bytes(packed)),
    diffId: async () => known('diff ID', sha256Bytes(tar)),
    size: async () => known('size', packed.byteLength),
    mediaType: async () => ociLayer,
    uncompressed: async () => Promise.reject(new StreamConsumedError()),
    compressed: async () => {
      if (state !== 'new') throw new StreamConsumedError();
      state = 'reading';
      return Readable.from(
        (function* () {
          yield packed;
          state = 'read';
        })(),
        { objectMode: false },
      );
    },
  };
}
