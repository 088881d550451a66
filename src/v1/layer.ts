import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from './descriptor.js';
import type { Hash } from './hash.js';
import type { MediaType } from './media-type.js';

/** Names the place a blob can be mounted from instead of being uploaded again. */
export interface MountSource {
  /** The registry's host with port, such as `index.docker.io`. */
  readonly registry: string;
  /** The repository within it, such as `library/busybox`. */
  readonly repository: string;
}

/**
 * One layer of an image: a tar of filesystem changes, or any other blob that a manifest lists.
 *
 * Nothing is read before a method is called. The optional members are abilities of some
 * sources; ask for them through `partial`, which knows what to do without them.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/layer.go
 */
export interface Layer {
  /** Digest of the bytes that {@link compressed} yields. */
  digest(options?: AbortOptions): Promise<Hash>;
  /** Digest of the bytes that {@link uncompressed} yields. */
  diffId(options?: AbortOptions): Promise<Hash>;
  /**
   * Opens the layer as it is stored and transferred. Every call gives a fresh stream that the
   * caller owns: drain it or destroy it.
   */
  compressed(options?: AbortOptions): Promise<Readable>;
  /** Opens the layer's tar. Every call gives a fresh stream that the caller owns. */
  uncompressed(options?: AbortOptions): Promise<Readable>;
  /** Bytes that {@link compressed} yields. */
  size(options?: AbortOptions): Promise<number>;
  mediaType(options?: AbortOptions): Promise<MediaType>;

  /** The descriptor under which the layer's source lists it, with URLs and annotations. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
  /** Whether the bytes can be read, found out without reading them. */
  exists?(options?: AbortOptions): Promise<boolean>;
  /**
   * Opens what {@link compressed} yields from a byte on, to go on with what was read of it before. Unchecked: whoever
   * puts the parts together checks the digest.
   */
  compressedFrom?(offset: number, options?: AbortOptions): Promise<Readable>;
  /** Bytes that {@link uncompressed} yields, if that is known without decompressing. */
  uncompressedSize?(options?: AbortOptions): Promise<number>;
  /** Where a registry could mount the blob from. */
  mountFrom?(): MountSource | undefined;
}
