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
import { handOut, openStream } from './open-stream.js';
import { compressTar, inspectCompressed, type StoredForm, type TarOpener } from './stored-form.js';

/**
 * Opens a source of bytes as often as it is asked to; every stream belongs to the caller.
 *
 * @param offset - the byte to begin with, by default the first. It is asked for only where a
 *   transfer resumes, and may then be answered by throwing.
 */
export type Opener = (offset?: number) => Readable | Promise<Readable>;

export interface LayerSourceOptions extends LayerCompressionOptions, DecompressionLimits {
  /** By default Docker's type for the layer's compression. */
  readonly mediaType?: MediaType | undefined;
  /**
   * Takes content that is no tar as a filesystem layer, too, which no runtime can unpack. Content of other media types is
   * never looked at. @default false
   */
  readonly anyLayer?: boolean | undefined;
}

/**
 * A layer from whatever an opener opens: a plain tar, which is compressed for storing, or one that
 * is compressed already, which stays as it is, byte for byte.
 *
 * Nothing is opened before a method is called. One pass over the source finds digest, diff ID and
 * both sizes; a plain tar is compressed in the same pass, into a spool.
 *
 * @throws ArchiveInvalidError through its methods, if it is a filesystem layer and not a whole tar.
 * @throws DigestMismatchError through a stream, if the opener does not give the same bytes again.
 */
export function layerFromOpener(opener: Opener, options: LayerSourceOptions = {}): Layer {
  return layerFromSource(() => opener(), 'the content of an opener', options);
}

/**
 * A layer from a file, as {@link layerFromOpener} makes it.
 *
 * @throws SourceChangedError if the file is not the one that was read first any more.
 */
export function layerFromFile(path: string, options: LayerSourceOptions = {}): Layer {
  return layerFromSource(fileSource(path), path, options);
}

function layerFromSource(
  source: (options?: AbortOptions) => Readable | Promise<Readable>,
  subject: string,
  options: LayerSourceOptions,
): Layer {
  const open = async (options?: AbortOptions): Promise<Readable> => openStream(source, options);
  const { mediaType, maxRatio, maxBytes, anyLayer = false, ...compress } = options;
  const isTar = !anyLayer && (mediaType === undefined || isLayer(mediaType));
  const tarOf = isTar ? subject : undefined;
  const limits = { maxRatio, maxBytes };
  // What has been found out so far, by whichever method was called first.
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
        ? await compressTar(firstThen(stream, open), { ...compress, tarOf, ...options })
        : await inspectCompressed(stream, { ...limits, tarOf, ...options });
    return form;
  });
  /** Opens the source; after a pass it has to give what it gave then. */
  const reopen = async (options?: AbortOptions): Promise<Readable> => {
    const again = await open(options);
    if (form === undefined) return again;
    const plain = kind === 'none';
    const digest = plain ? form.diffId : form.digest;
    const size = plain ? form.uncompressedSize : form.size;
    return handOut(verified(again, { digest, size, subject: `layer ${digest}` }), options);
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
      handOut(await decompressed(await reopen(options), { ...limits, ...options }), options),
  });
}

/** The stream that was sniffed, the first time; after that a new one. */
function firstThen(stream: Readable, open: TarOpener): TarOpener {
  let first: Readable | undefined = stream;
  return async (options) => {
    const given = first ?? (await open(options));
    first = undefined;
    return given;
  };
}

type Sniffed = Awaited<ReturnType<typeof sniff>>;
