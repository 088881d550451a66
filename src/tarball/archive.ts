import type { AbortOptions } from '../internal/abort.js';
import type { LayerCompressionOptions } from '../partial/layer-compression.js';
import type { StoredImage, StoredImages } from '../partial/stored-images.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { ArchiveCapOptions } from './archive-caps.js';
import type { ArchiveManifest } from './archive-manifest.js';

/** How an archive is read. */
export interface OpenOptions extends AbortOptions, ArchiveCapOptions, LayerCompressionOptions {
  /**
   * Keeps the manifest that the archive holds beside `manifest.json`, and so the image's digest, or
   * writes one. By default it is kept unless Docker has saved it from its classic store: there all layers are
   * plain tars, which are better compressed, and the manifest is made for the archive.
   */
  readonly originalManifest?: boolean | undefined;
  /** How deeply the indexes of an OCI archive may nest. @default 16 */
  readonly maxDepth?: number | undefined;
  /** Cap on entries of the tar. @default 1 000 000 */
  readonly maxEntries?: number | undefined;
  /** Cap on how many times larger a compressed archive may be inside. @default 1100 for gzip and 40 000 for zstd, more than they can reach; 1000 for holes */
  readonly maxRatio?: number | undefined;
  /** Cap on the bytes inside a compressed archive. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

/** An image in an archive, before it is opened. */
export type ArchiveImage = StoredImage;

/**
 * An archive of images: what `docker save`, podman, skopeo, crane and others write, Docker's first format, or an OCI
 * layout in a tar.
 *
 * Its images stand in the order of `manifest.json`, or else of `index.json` or by name.
 */
export interface Archive extends StoredImages {
  /** The `manifest.json`; undefined in an OCI archive without, and in Docker's first format. */
  readonly manifest: ArchiveManifest | undefined;
  /** What `index.json` lists; undefined if the archive has none. */
  readonly index: ImageIndex | undefined;
  /**
   * Frees the copy of an archive that was compressed or came from a stream. Images can be read no longer then.
   * Without it, that happens when nothing refers to the archive any more.
   */
  close(): Promise<void>;
}
