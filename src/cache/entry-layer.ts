import type { AbortOptions } from '../internal/async/abort.js';
import { compressionOf } from '../internal/compress/compression.js';
import { accessTo, type RandomAccess } from '../internal/files/random-access.js';
import { openRegularFile, regularFileSize } from '../internal/files/regular-file.js';
import { verified } from '../internal/streams/verify.js';
import { compressedToLayer } from '../partial/layers/compressed-layer.js';
import { layerMediaType } from '../partial/layers/layer-compression.js';
import { guardStream } from '../partial/layers/open-stream.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/** Runs a step that reads a file of the cache, and may replace the error if the step fails. */
export type ReadStep = <T>(step: () => Promise<T>) => Promise<T>;

/** The layer in a file that is named after the digest of its bytes, which may be compressed or a plain tar. */
export async function entryLayer(path: string, digest: Hash, runStep: ReadStep): Promise<Layer> {
  const size = await runStep(async () => regularFileSize(path));
  const open = async <T>(
    use: (bytes: RandomAccess) => T,
    { signal }: AbortOptions = {},
  ): Promise<Awaited<T>> => {
    signal?.throwIfAborted();
    const file = await runStep(async () => openRegularFile(path));
    try {
      return await use(accessTo(file, file.size));
    } finally {
      // A stream keeps its own handle of the file until it is read or destroyed.
      await file.close();
    }
  };
  return compressedToLayer({
    digest: async () => digest,
    size: async () => size,
    compressed: async (options) =>
      open((bytes) => {
        const stream = verified(bytes.stream(0, bytes.size), { digest, size, subject: path });
        return guardStream(stream, options);
      }, options),
    compressedFrom: async (offset, options) =>
      open((bytes) => {
        const start = Math.min(offset, bytes.size);
        return guardStream(bytes.stream(start, bytes.size - start), options);
      }, options),
    mediaType: async (options) => {
      const head = await open(async (bytes) => bytes.read(0, Math.min(4, bytes.size), options), options);
      return layerMediaType(compressionOf(head), 'docker');
    },
  });
}
