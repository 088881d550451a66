import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { CompressedFromOptions, Layer, MountSource } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';

/** Optional methods of a core. The widened value has the same ones. */
export interface LayerAbilities {
  /** The descriptor under which the source lists the layer. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
  /** Whether the bytes can be read. The method must not read them. */
  exists?(options?: AbortOptions): Promise<boolean>;
  /**
   * Opens the stored bytes from `offset` on, to resume an interrupted transfer or to read a part. They need not be checked.
   */
  compressedFrom?(offset: number, options?: CompressedFromOptions): Promise<Readable>;
  /** Bytes of the tar, for a source that knows them without decompressing. */
  uncompressedSize?(options?: AbortOptions): Promise<number>;
  /** The repository from which a registry can mount the blob. */
  mountFrom?(): MountSource | undefined;
}

/** The methods that a source of stored, usually compressed, layers has to implement: see {@link compressedToLayer}. */
export interface CompressedLayer extends LayerAbilities {
  /** Digest of the stored bytes. */
  digest(options?: AbortOptions): Promise<Hash>;
  /** Opens a new stream of the stored bytes. The source checks them against the digest; the caller owns the stream. */
  compressed(options?: AbortOptions): Promise<Readable>;
  /** Number of the stored bytes. */
  size(options?: AbortOptions): Promise<number>;
  /** Media type under which a manifest lists the layer. */
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /**
   * Digest of the tar, for a source that knows it. Without this method the layer is decompressed once to compute it.
   */
  diffId?(options?: AbortOptions): Promise<Hash>;
  /** Opens the tar, for a source that has a cheaper way than decompressing. The caller owns the stream. */
  uncompressed?(options?: AbortOptions): Promise<Readable>;
}

/** The methods that a source of plain tars has to implement: see {@link uncompressedToLayer}. */
export interface UncompressedLayer extends LayerAbilities {
  /**
   * Digest of the tar, for a source that knows it, for example from a config. Every read is then checked against it.
   * Without this method the digest is computed while the tar is compressed.
   */
  diffId?(options?: AbortOptions): Promise<Hash>;
  /** Opens a new stream of the tar. The caller owns it. */
  uncompressed(options?: AbortOptions): Promise<Readable>;
  /** Media type of the compressed layer. */
  mediaType?(options?: AbortOptions): Promise<MediaType>;
}

/** The methods that every image source has to implement. */
export interface ImageCore {
  /** Media type of the manifest. */
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /** The config's exact bytes. The widened image calls this once and keeps them. */
  rawConfigFile(options?: AbortOptions): Promise<Uint8Array>;
  /** The descriptor under which the source lists the image. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
}

/** The methods that a source with a manifest has to implement: see {@link compressedToImage}. */
export interface CompressedImageCore extends ImageCore {
  /** The manifest's exact bytes. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /** Digest of the manifest, for a source that names it by another algorithm than sha256. */
  digest?(options?: AbortOptions): Promise<Hash>;
  /** The layer with this descriptor, which the manifest lists. The method need not open anything. */
  layerByDigest(digest: Hash, descriptor: Descriptor, options?: AbortOptions): Promise<CompressedLayer>;
  /** The config as a blob, for a source whose configs have abilities such as mounting. */
  configLayer?(options?: AbortOptions): Promise<Layer>;
}

/** The methods that a source with a config and plain tars has to implement: see {@link uncompressedToImage}. */
export interface UncompressedImageCore extends ImageCore {
  /** The layer whose tar has this digest, which the config lists. */
  layerByDiffId(diffId: Hash, options?: AbortOptions): Promise<UncompressedLayer>;
}

/** The methods that a source of indexes has to implement: see {@link indexFromCore}. */
export interface IndexCore {
  /** Media type of the index manifest. */
  mediaType(options?: AbortOptions): Promise<MediaType>;
  /** The index manifest's exact bytes. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /** Digest of the manifest, for a source that names it by another algorithm than sha256. */
  digest?(options?: AbortOptions): Promise<Hash>;
  /** The image with a descriptor that this index lists. */
  image(child: Descriptor, options?: AbortOptions): Promise<Image>;
  /** The nested index with a descriptor that this index lists. */
  imageIndex(child: Descriptor, options?: AbortOptions): Promise<ImageIndex>;
  /** The blob with a descriptor that this index lists, for a child that is neither an image nor an index. */
  layer?(child: Descriptor, options?: AbortOptions): Promise<Layer>;
  /** The descriptor under which the source lists the index. */
  descriptor?(options?: AbortOptions): Promise<Descriptor>;
}
