import { constants, crc32, createDeflateRaw } from 'node:zlib';

import { type Block, BLOCK_SIZE, type DeflatedBlock } from './block.js';
import { dispose } from '../../streams/disposable.js';
import { ignoreLateErrors } from '../../streams/consume.js';

/** A block that zlib deflates, on the thread pool of Node. */
export function zlibBlock(level: number): Block {
  const bytes = Buffer.allocUnsafeSlow(BLOCK_SIZE);
  return {
    bytes,
    deflate: async (size, dictionary, last) => {
      const deflated = await deflate(bytes.subarray(0, size), level, dictionary, last);
      // zlib is done with it, and nobody else has it.
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
  // Room for the whole result, also of bytes that do not shrink: one call into zlib.
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
  // A small result lies in a shared pool.
  const written = pieces[0]?.buffer;
  if (written?.byteLength === chunkSize) dispose(new Uint8Array(written));
  return { bytes, crc };
}
