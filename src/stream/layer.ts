import type { Readable } from 'node:stream';
import { NotComputedError, StreamConsumedError } from '../errors/stream-state.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { checkedTar } from '../internal/tar/checked-tar.js';
import { type Compression, compressed, sniff } from '../internal/compress/compression.js';
import { discard } from '../internal/streams/consume.js';
import { lazy } from '../internal/async/lazy.js';
import { type Hashed, hashed } from '../internal/streams/verify.js';
import { layerMediaType, type LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { DecompressionLimits } from '../partial/layers/decompression-limits.js';
import { handOut } from '../partial/layers/open-stream.js';
import { type Hash, newHash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { isLayer } from '../v1/types.js';
import { inspected } from './inspected.js';

export interface StreamLayerOptions extends LayerCompressionOptions, DecompressionLimits {
  /** By default Docker's type for the layer's compression, which takes a look at the first bytes. */
  readonly mediaType?: MediaType | undefined;
  /** Takes content that is no tar as a filesystem layer, too, which no runtime can unpack. @default false */
  readonly anyLayer?: boolean | undefined;
}

/** What is known once the stream was read to its end. */
interface Known {
  readonly digest: Hash;
  readonly size: number;
  readonly diffId: Hash;
  readonly uncompressedSize: number;
}

/**
 * A layer from a stream that can be read once, such as standard input; it is never held or stored.
 *
 * `compressed` gives the one stream, and later calls throw {@link StreamConsumedError}. Digest, diff
 * ID and sizes are known after it was read to its end, and throw {@link NotComputedError} before. A
 * tar is compressed on the way; what is compressed already, with gzip or zstd, stays as it is. The
 * layer owns the source, and destroys it with its own stream.
 */
export function newLayer(source: Readable, options: StreamLayerOptions = {}): Layer {
  const { compression = 'gzip', compressionLevel = 1, mediaType, maxRatio, maxBytes, anyLayer } = options;
  const isTar = anyLayer !== true && (mediaType === undefined || isLayer(mediaType));
  const tarOf = isTar ? 'the stream' : undefined;
  handOut(source);
  // Without a signal, which would take the source with it.
  const sniffed = lazy(async () => sniff(source));
  let consumed = false;
  let known: Known | undefined;

  const knownTo = <T>(what: string, pick: (known: Known) => T) => {
    return async ({ signal }: AbortOptions = {}): Promise<T> => {
      signal?.throwIfAborted();
      if (known === undefined) throw new NotComputedError(what);
      return pick(known);
    };
  };

  return Object.freeze<Layer>({
    compressed: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      if (consumed) throw new StreamConsumedError();
      consumed = true;
      const { compression: found, stream } = await sniffed({ signal }).catch((error: unknown) => {
        discard(source);
        throw error;
      });
      const { stored, plain } =
        found === 'none'
          ? pack(tarOf === undefined ? stream : checkedTar(stream, tarOf), compression, compressionLevel)
          : inspected(stream, { maxRatio, maxBytes, tarOf });
      stored.stream.once('end', () => {
        known = {
          digest: newHash(stored.tally.digest()),
          size: stored.tally.size,
          diffId: newHash(plain.digest()),
          uncompressedSize: plain.size,
        };
      });
      return handOut(stored.stream, { signal });
    },
    uncompressed: async () =>
      Promise.reject(
        new UnsupportedError('a layer from a stream cannot be read uncompressed', {
          hint: 'make the layer from a file or an opener',
        }),
      ),
    digest: knownTo('digest', ({ digest }) => digest),
    diffId: knownTo('diff ID', ({ diffId }) => diffId),
    size: knownTo('size', ({ size }) => size),
    uncompressedSize: knownTo('uncompressed size', ({ uncompressedSize }) => uncompressedSize),
    mediaType: async (options) => {
      if (mediaType !== undefined) return mediaType;
      const { compression: found } = await sniffed(options);
      return layerMediaType(found === 'none' ? compression : found, 'docker');
    },
    exists: async () => !consumed,
  });
}

function pack(
  tar: Readable,
  compression: Compression,
  level: number,
): { readonly stored: Hashed; readonly plain: Hashed['tally'] } {
  const plain = hashed(tar);
  try {
    return { stored: hashed(compressed(plain.stream, { compression, level })), plain: plain.tally };
  } catch (error) {
    discard(plain.stream);
    throw error;
  }
}
