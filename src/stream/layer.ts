import type { Readable } from 'node:stream';
import { NotComputedError, StreamConsumedError } from '../errors/stream-state.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { checkedTar } from '../internal/tar/checked-tar.js';
import { type Compression, compressed, sniff } from '../internal/compress/compression.js';
import { discard } from '../internal/streams/consume.js';
import { type ByteSource, toReadable } from '../internal/streams/web.js';
import { lazy } from '../internal/async/lazy.js';
import { type Hashed, hashed } from '../internal/streams/verify.js';
import { layerMediaType, type LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { DecompressionLimits } from '../partial/layers/decompression-limits.js';
import { guardStream } from '../partial/layers/open-stream.js';
import { type Hash, newHash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { isLayer } from '../v1/types.js';
import { inspected } from './inspected.js';

/** Options of {@link newLayer}. */
export interface StreamLayerOptions extends LayerCompressionOptions, DecompressionLimits {
  /**
   * Media type of the layer. By default Docker's media type for the compression, which is detected from the first
   * bytes.
   */
  readonly mediaType?: MediaType | undefined;
  /** Accepts content that is not a tar for a filesystem layer, although no runtime can unpack it. @default false */
  readonly anyLayer?: boolean | undefined;
}

/** Facts that are known when the stream has been read to its end. */
interface Totals {
  readonly digest: Hash;
  readonly size: number;
  readonly diffId: Hash;
  readonly uncompressedSize: number;
}

/**
 * A layer from a stream that can be read once: standard input, any other stream of Node or of the web such as the body of a
 * `Response`, or a pack of tar-stream. The content is never held in memory or stored.
 *
 * The first call of `compressed` returns the one stream; later calls throw StreamConsumedError. Digest, diff ID and
 * sizes are known when that stream has been read to its end; before, their methods throw NotComputedError. A tar is
 * compressed while it is read; content that is already compressed with gzip or zstd keeps its bytes. The layer owns the
 * source and destroys it together with its own stream.
 */
export function newLayer(stream: ByteSource, options: StreamLayerOptions = {}): Layer {
  const { compression = 'gzip', compressionLevel = 1, mediaType, maxRatio, maxBytes, anyLayer } = options;
  const isTar = anyLayer !== true && (mediaType === undefined || isLayer(mediaType));
  const tarSubject = isTar ? 'the stream' : undefined;
  const source = guardStream(toReadable(stream));
  // The detection gets no signal: an abort of one call would destroy the source for all later calls.
  const sniffed = lazy(async () => sniff(source));
  let consumed = false;
  let totals: Totals | undefined;

  const fromTotals = <T>(what: string, pick: (totals: Totals) => T) => {
    return async ({ signal }: AbortOptions = {}): Promise<T> => {
      signal?.throwIfAborted();
      if (totals === undefined) throw new NotComputedError(what);
      return pick(totals);
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
          ? pack(
              tarSubject === undefined ? stream : checkedTar(stream, tarSubject),
              compression,
              compressionLevel,
            )
          : inspected(stream, { maxRatio, maxBytes, tarSubject: tarSubject });
      stored.stream.once('end', () => {
        totals = {
          digest: newHash(stored.tally.digest()),
          size: stored.tally.size,
          diffId: newHash(plain.digest()),
          uncompressedSize: plain.size,
        };
      });
      return guardStream(stored.stream, { signal });
    },
    uncompressed: async () =>
      Promise.reject(
        new UnsupportedError('a layer from a stream cannot be read uncompressed', {
          hint: 'make the layer from a file or an opener',
        }),
      ),
    digest: fromTotals('digest', ({ digest }) => digest),
    diffId: fromTotals('diff ID', ({ diffId }) => diffId),
    size: fromTotals('size', ({ size }) => size),
    uncompressedSize: fromTotals('uncompressed size', ({ uncompressedSize }) => uncompressedSize),
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
