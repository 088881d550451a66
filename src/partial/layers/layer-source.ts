import type { ByteSource } from '../../internal/streams/web.js';
import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Compression, decompressed, sniff } from '../../internal/compress/compression.js';
import { discard } from '../../internal/streams/consume.js';
import { lazy } from '../../internal/async/lazy.js';
import { verified } from '../../internal/streams/verify.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import { isLayer } from '../../v1/types.js';
import { fileSource } from './file-source.js';
import type { DecompressionLimits } from './decompression-limits.js';
import { layerMediaType, type LayerCompressionOptions } from './layer-compression.js';
import { guardStream, openStream } from './open-stream.js';
import { compressTar, inspectCompressed, type StoredForm, type TarOpener } from './stored-form.js';

/**
 * Opens a source of bytes. It can be called any number of times; the caller owns every stream.
 *
 * @param offset - the byte to begin with, by default the first. It is given only to resume a transfer. An opener that
 *   cannot begin at an offset may throw.
 */
export type Opener = (offset?: number) => ByteSource | Promise<ByteSource>;

/** Options of {@link layerFromOpener} and {@link layerFromFile}. */
export interface LayerSourceOptions extends LayerCompressionOptions, DecompressionLimits {
  /** Media type of the layer. @default Docker's media type for the compression */
  readonly mediaType?: MediaType | undefined;
  /**
   * Accepts content that is not a tar for a filesystem layer, although no runtime can unpack it. Content of other media
   * types is never checked. @default false
   */
  readonly anyLayer?: boolean | undefined;
}

/**
 * A layer of the content that an opener opens. A plain tar is compressed; a tar that is already compressed keeps its
 * exact bytes.
 *
 * Nothing is opened before a method is called. One pass over the source computes digest, diff ID and both sizes. A
 * plain tar is compressed in the same pass, into a spool (memory, or a temporary file beyond half a MiB).
 *
 * @throws ArchiveInvalidError through its methods, if a filesystem layer is not a complete tar.
 * @throws DigestMismatchError through a stream, if the opener returns other bytes than the first time.
 */
export function layerFromOpener(opener: Opener, options: LayerSourceOptions = {}): Layer {
  return layerFromSource(() => opener(), 'the content of an opener', options);
}

/**
 * A layer of the content of a file. Compression and cost are those of {@link layerFromOpener}.
 *
 * @throws SourceChangedError through a stream, if the file was replaced or changed since it was first read.
 */
export function layerFromFile(path: string, options: LayerSourceOptions = {}): Layer {
  return layerFromSource(fileSource(path), path, options);
}

function layerFromSource(
  source: (options?: AbortOptions) => ByteSource | Promise<ByteSource>,
  subject: string,
  options: LayerSourceOptions,
): Layer {
  const open = async (options?: AbortOptions): Promise<Readable> => openStream(source, options);
  const { mediaType, maxRatio, maxBytes, anyLayer = false, ...compress } = options;
  const isTar = !anyLayer && (mediaType === undefined || isLayer(mediaType));
  const tarSubject = isTar ? subject : undefined;
  const limits = { maxRatio, maxBytes };
  // Facts that the calls so far have found; they depend on which method was called first.
  let kind: Compression | undefined;
  let form: StoredForm | undefined;

  const sniffed = async (options: AbortOptions): Promise<Sniffed> => {
    const found = await sniff(await open(options), options);
    kind = found.compression;
    return found;
  };
  const found = lazy(async (options) => {
    if (kind !== undefined) return kind;
    const { compression, stream } = await sniffed(options);
    discard(stream);
    return compression;
  });
  const pass = lazy(async (options) => {
    const { compression, stream } = await sniffed(options);
    form =
      compression === 'none'
        ? await compressTar(firstThen(stream, open), { ...compress, tarSubject: tarSubject, ...options })
        : await inspectCompressed(stream, { ...limits, tarSubject: tarSubject, ...options });
    return form;
  });
  /** Opens the source again. After a pass, the bytes are checked against the digest that the pass computed. */
  const reopen = async (options?: AbortOptions): Promise<Readable> => {
    const again = await open(options);
    if (form === undefined) return again;
    const plain = kind === 'none';
    const digest = plain ? form.diffId : form.digest;
    const size = plain ? form.uncompressedSize : form.size;
    return guardStream(verified(again, { digest, size, subject: `layer ${digest}` }), options);
  };

  return Object.freeze<Layer>({
    digest: async (options) => (await pass(options)).digest,
    size: async (options) => (await pass(options)).size,
    diffId: async (options) => (await pass(options)).diffId,
    uncompressedSize: async (options) => (await pass(options)).uncompressedSize,
    mediaType: async (options) => {
      if (mediaType !== undefined) return mediaType;
      const stored = await found(options);
      return layerMediaType(stored === 'none' ? (compress.compression ?? 'gzip') : stored, 'docker');
    },
    compressed: async (options) =>
      (await found(options)) === 'none'
        ? ((await (await pass(options)).reopen?.(options)) ?? reopen(options))
        : reopen(options),
    uncompressed: async (options) =>
      guardStream(await decompressed(await reopen(options), { ...limits, ...options }), options),
  });
}

/** Returns the stream whose compression was detected to the first caller, and a new stream to later callers. */
function firstThen(stream: Readable, open: TarOpener): TarOpener {
  let first: Readable | undefined = stream;
  return async (options) => {
    const given = first ?? (await open(options));
    first = undefined;
    return given;
  };
}

type Sniffed = Awaited<ReturnType<typeof sniff>>;
