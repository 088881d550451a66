import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/abort.js';
import { compressionOf } from '../internal/compression.js';
import { accessTo } from '../internal/random-access.js';
import { openRegularFile, regularFileSize } from '../internal/regular-file.js';
import { verified } from '../internal/verify.js';
import { compressedToLayer } from '../partial/compressed-layer.js';
import { layerMediaType } from '../partial/layer-compression.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';

/** Runs a step that reads a cache's file; decides what becomes of its failure. */
export type Reading = <T>(step: () => Promise<T>) => Promise<T>;

/** The layer in a file that is named after the digest of its bytes, whatever form of it they are. */
export async function entryLayer(path: string, digest: Hash, reading: Reading): Promise<Layer> {
  const size = await reading(async () => regularFileSize(path));
  const openFrom = async (offset: number, options?: AbortOptions): Promise<Readable> => {
    options?.signal?.throwIfAborted();
    const file = await reading(async () => openRegularFile(path));
    try {
      return accessTo(file, file.size).stream(offset, Math.max(file.size - offset, 0), options);
    } finally {
      // The stream holds on to the file until it was read or destroyed.
      await file.close();
    }
  };
  return compressedToLayer({
    digest: async () => Promise.resolve(digest),
    size: async () => Promise.resolve(size),
    compressed: async (options) => verified(await openFrom(0, options), { digest, size, subject: path }),
    compressedFrom: openFrom,
    mediaType: async (options) => {
      const file = await reading(async () => openRegularFile(path));
      const access = accessTo(file, file.size);
      try {
        const head = await access.read(0, Math.min(4, file.size), options);
        return layerMediaType(compressionOf(head), 'docker');
      } finally {
        await access.close();
      }
    },
  });
}
