import { Readable } from 'node:stream';
import type { Descriptor } from '../v1/descriptor.js';
import { checkBytes } from '../internal/streams/verify.js';
import type { CompressedLayer } from './layers/cores.js';
import { ignoreLateErrors } from '../internal/streams/consume.js';

/**
 * The content in the `data` field of a descriptor, checked against its digest and size.
 *
 * @returns undefined if the descriptor has no `data`.
 * @throws SizeMismatchError or DigestMismatchError if the data does not match.
 */
export function embeddedData(descriptor: Descriptor): Uint8Array | undefined {
  if (descriptor.data === undefined) return undefined;
  const bytes = Buffer.from(descriptor.data, 'base64');
  checkBytes(`data embedded for ${descriptor.digest}`, bytes, descriptor);
  return bytes;
}

/** The content in the `data` field of a descriptor, as a layer. Returns and throws like {@link embeddedData}. */
export function embeddedLayer(descriptor: Descriptor): CompressedLayer | undefined {
  const bytes = embeddedData(descriptor);
  if (bytes === undefined) return undefined;
  return {
    digest: async () => descriptor.digest,
    size: async () => descriptor.size,
    mediaType: async () => descriptor.mediaType,
    compressed: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      return ignoreLateErrors(Readable.from([bytes], { objectMode: false }));
    },
    exists: async () => true,
  };
}
