import { constants, crc32, createDeflateRaw } from 'node:zlib';

import { type Block, BLOCK_SIZE, type DeflatedBlock } from './block.js';
import { dispose } from '../../streams/disposable.js';
import { ignoreLateErrors } from '../../streams/consume.js';

/** A block that zlib deflates, on Node's thread pool. */
export function zlibBlock(level: number): Block {
  const bytes = Buffer.allocUnsafeSlow(BLOCK_SIZE);
  return {
    bytes,
    deflate: async (size, dictionary, last) => {
      const deflated = await deflate(bytes.subarray(0, size), level, dictionary, last);
      // zlib has finished with the bytes, and no other code has them.
      dispose(bytes);
      return deflated;
    },
    release() {
      dispose(bytes);
    },
  };
}

async function deflate(
  input: Buffer,
  level: number,
  dictionary: Uint8Array,
  last: boolean,
): Promise<DeflatedBlock> {
  // Room for the whole result, even of incompressible bytes, so that one call to zlib is enough.
  const chunkSize = input.byteLength + 1024;
  const deflater = createDeflateRaw({
    level,
    chunkSize,
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(dictionary.byteLength === 0 ? {} : { dictionary }),
  });
  ignoreLateErrors(deflater);
  const crc = crc32(input);
  deflater.end(input);
  const pieces: Buffer[] = [];
  for await (const piece of deflater) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  // The output chunk can be freed; a small result lies in Node's shared pool and cannot.
  const written = pieces[0]?.buffer;
  if (written?.byteLength === chunkSize) dispose(new Uint8Array(written));
  return { bytes, crc };
}
