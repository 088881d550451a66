import { Readable } from 'node:stream';
import type { Descriptor } from '../v1/descriptor.js';
import { checkBytes } from '../v1/check-bytes.js';
import type { CompressedLayer } from './layers/cores.js';
import { expectLater } from '../internal/streams/consume.js';

/**
 * The content that a descriptor carries in its `data` field, checked against its digest and size.
 *
 * @returns undefined if the descriptor carries none.
 * @throws SizeMismatchError or DigestMismatchError if it carries something else.
 */
export function embeddedData(descriptor: Descriptor): Uint8Array | undefined {
  if (descriptor.data === undefined) return undefined;
  const bytes = Buffer.from(descriptor.data, 'base64');
  checkBytes(`data embedded for ${descriptor.digest}`, bytes, descriptor);
  return bytes;
}

/** The layer that a descriptor carries in its `data` field, if it does. Throws as {@link embeddedData}. */
export function embeddedLayer(descriptor: Descriptor): CompressedLayer | undefined {
  const bytes = embeddedData(descriptor);
  if (bytes === undefined) return undefined;
  return {
    digest: async () => descriptor.digest,
    size: async () => descriptor.size,
    mediaType: async () => descriptor.mediaType,
    compressed: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      return expectLater(Readable.from([bytes], { objectMode: false }));
    },
    exists: async () => true,
  };
}
