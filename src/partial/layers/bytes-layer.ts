import { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Hash, sha256Bytes } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { openStream } from './open-stream.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** A layer of bytes in memory. They are stored as they are, so the digest and the diff ID are equal. */
export function bytesLayer(
  bytes: Uint8Array,
  mediaType: (options?: AbortOptions) => Promise<MediaType>,
): Layer {
  let hash: Hash | undefined;
  const digest = async (): Promise<Hash> => (hash ??= sha256Bytes(bytes));
  const open = async (options?: AbortOptions): Promise<Readable> =>
    openStream(() => ignoreLateErrors(Readable.from([bytes], { objectMode: false })), options);
  const size = async (): Promise<number> => bytes.byteLength;
  return Object.freeze<Layer>({
    digest,
    diffId: digest,
    compressed: open,
    uncompressed: open,
    size,
    uncompressedSize: size,
    mediaType,
    exists: async () => true,
  });
}
