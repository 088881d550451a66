import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from './descriptor.js';
import type { Hash } from './hash.js';
import type { MediaType } from './media-type.js';

/** The repository from which a registry can mount a blob, so that it need not be uploaded again. */
export interface MountSource {
  /** The registry's host with port, such as `index.docker.io`. */
  readonly registry: string;
  /** The repository within it, such as `library/busybox`. */
  readonly repository: string;
}

/** Options of {@link Layer.compressedFrom}. */
export interface CompressedFromOptions extends AbortOptions {
  /**
   * The bytes that the caller will read. A source may end the stream after them, and a registry is asked for no more. A
   * source that ignores this option gives all bytes to the end. @default all bytes to the end
   */
  readonly length?: number | undefined;
}

/**
 * One layer of an image: a tar of filesystem changes, or any other blob that a manifest lists.
 *
 * A Layer reads nothing before a method is called. The optional members are abilities of some sources. Use them through
 * the functions of `partial`, which have a fallback for layers without them.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/layer.go
 */
export interface Layer {
  /** Digest of the bytes that {@link compressed} yields. */
  digest(options?: AbortOptions): Promise<Hash>;
  /** Digest of the bytes that {@link uncompressed} yields. */
  diffId(options?: AbortOptions): Promise<Hash>;
  /**
   * Opens the layer as it is stored and transferred. Every call returns a new stream that the
   * caller owns: drain it or destroy it.
   */
  compressed(options?: AbortOptions): Promise<Readable>;
  /** Opens the layer's tar. Every call returns a new stream that the caller owns: drain it or destroy it. */
  uncompressed(options?: AbortOptions): Promise<Readable>;
  /** Number of bytes that {@link compressed} yields. */
  size(options?: AbortOptions): Promise<number>;
  /** Media type of the bytes that {@link compressed} yields. */
  mediaType(options?: AbortOptions): Promise<MediaType>;

  /** The descriptor under which the layer's source lists it, with URLs and annotations. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
  /** Whether the bytes can be read. Does not read them. */
  exists?(options?: AbortOptions): Promise<boolean>;
  /**
   * Opens {@link compressed} from this byte on, to resume an earlier read or to read a part. The bytes are not verified:
   * the caller that joins the parts checks the digest.
   */
  compressedFrom?(offset: number, options?: CompressedFromOptions): Promise<Readable>;
  /** Number of bytes that {@link uncompressed} yields. Does not decompress the layer. */
  uncompressedSize?(options?: AbortOptions): Promise<number>;
  /** The repository from which a registry can mount the blob; undefined if none is known. */
  mountFrom?(): MountSource | undefined;
}
