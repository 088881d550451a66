import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer, MountSource } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';

/** Abilities that a core may have; the widened value passes them on. */
export interface LayerAbilities {
  /** The descriptor under which the source lists the layer. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
  /** Whether the bytes can be read, found out without reading them. */
  exists?(options?: AbortOptions): Promise<boolean>;
  /** Opens the stored bytes from a byte on, unchecked, to go on with what was read of them before. */
  compressedFrom?(offset: number, options?: AbortOptions): Promise<Readable>;
  /** Bytes of the tar, if that is known without decompressing. */
  uncompressedSize?(options?: AbortOptions): Promise<number>;
  /** Where a registry could mount the blob from. */
  mountFrom?(): MountSource | undefined;
}

/** The least that a source of stored, usually compressed, layers implements: see {@link compressedToLayer}. */
export interface CompressedLayer extends LayerAbilities {
  digest(options?: AbortOptions): Promise<Hash>;
  /** Opens a fresh stream of the stored bytes; the source checks them against the digest. */
  compressed(options?: AbortOptions): Promise<Readable>;
  size(options?: AbortOptions): Promise<number>;
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /** Digest of the tar, if the source knows it; else it is found by decompressing once. */
  diffId?(options?: AbortOptions): Promise<Hash>;
  /** Opens the tar, if the source has a better way than decompressing. */
  uncompressed?(options?: AbortOptions): Promise<Readable>;
}

/** The least that a source of plain tars implements: see {@link uncompressedToLayer}. */
export interface UncompressedLayer extends LayerAbilities {
  /**
   * Digest of the tar, if it is known from elsewhere, such as a config: every read is then checked
   * against it. Without it the digest comes out of the pass that compresses.
   */
  diffId?(options?: AbortOptions): Promise<Hash>;
  /** Opens a fresh stream of the tar. */
  uncompressed(options?: AbortOptions): Promise<Readable>;
  /** Media type of the compressed layer. */
  mediaType?(options?: AbortOptions): Promise<MediaType>;
}

/** What every image source has. */
export interface ImageCore {
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /** The config's bytes; whoever widens the core keeps them. */
  rawConfigFile(options?: AbortOptions): Promise<Uint8Array>;
  /** The descriptor under which the source lists the image. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
}

/** The least that a source with a manifest implements: see {@link compressedToImage}. */
export interface CompressedImageCore extends ImageCore {
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /** Digest of the manifest, if it is known by another algorithm than sha256. */
  digest?(options?: AbortOptions): Promise<Hash>;
  /** The layer that the manifest lists by this descriptor; it need not open anything. */
  layerByDigest(digest: Hash, descriptor: Descriptor, options?: AbortOptions): Promise<CompressedLayer>;
  /** The config as a blob, where that has abilities such as mounting. */
  configLayer?(options?: AbortOptions): Promise<Layer>;
}

/** The least that a source with a config and plain tars implements: see {@link uncompressedToImage}. */
export interface UncompressedImageCore extends ImageCore {
  layerByDiffId(diffId: Hash, options?: AbortOptions): Promise<UncompressedLayer>;
}

/** The least that a source of indexes implements: see {@link indexFromCore}. */
export interface IndexCore {
  mediaType(options?: AbortOptions): Promise<MediaType>;
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /** Digest of the manifest, if it is known by another algorithm than sha256. */
  digest?(options?: AbortOptions): Promise<Hash>;
  /** The image behind a descriptor that this index lists. */
  image(child: Descriptor, options?: AbortOptions): Promise<Image>;
  /** The index behind a descriptor that this index lists. */
  imageIndex(child: Descriptor, options?: AbortOptions): Promise<ImageIndex>;
  /** A child that is neither image nor index. */
  layer?(child: Descriptor, options?: AbortOptions): Promise<Layer>;
  /** The descriptor under which the source lists the index. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
}
