import { Readable } from 'node:stream';
import { announcedCompression } from '../partial/layers/layer-compression.js';
import { uncompressedToLayer } from '../partial/layers/uncompressed-layer.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { dockerLayer } from '../v1/types.js';
import { noise } from './noise.js';
import { assertCount, type RandomOptions, seedsFrom } from './options.js';
import { singleFileTar, tarSize } from './tar-file.js';
import { ignoreLateErrors } from '../internal/streams/consume.js';

/**
 * A layer with one file of random content. Its media type determines the compression.
 *
 * The content is made while it is read, so a layer needs no memory, whatever its size.
 *
 * @param byteSize - number of bytes of the file.
 * @param mediaType - by default Docker's gzip layer.
 */
export function layer(
  byteSize: number,
  mediaType: MediaType = dockerLayer,
  options: RandomOptions = {},
): Layer {
  assertCount('byteSize', byteSize);
  const seed = seedsFrom(options)(0);
  const compression = announcedCompression(mediaType) ?? 'gzip';
  const name = `random_file_${Buffer.from(noise(`${seed}/name`)(8)).toString('hex')}.txt`;
  return uncompressedToLayer(
    {
      uncompressed: async ({ signal } = {}) => {
        signal?.throwIfAborted();
        const chunks = singleFileTar(name, byteSize, noise(seed));
        return ignoreLateErrors(Readable.from(chunks, { objectMode: false, highWaterMark: 1, signal }));
      },
      uncompressedSize: async () => tarSize(name, byteSize),
      mediaType: async () => mediaType,
    },
    // Random bytes do not shrink. Level 0 writes stored blocks, which are the same in every version of zlib.
    { compression, compressionLevel: compression === 'gzip' ? 0 : undefined },
  );
}
