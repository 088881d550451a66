import type { AbortOptions } from '../../internal/async/abort.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import type { StoredImage, StoredImages } from '../../stored/images.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { ArchiveCapOptions } from '../documents/caps.js';
import type { ArchiveManifest } from '../documents/archive-manifest.js';

/** A fault in an archive that does not prevent its use. */
export interface ArchiveWarning {
  /** The archive's path, or `archive` for a stream. */
  readonly subject: string;
  readonly text: string;
}

/** How an archive is read. */
export interface OpenOptions extends AbortOptions, ArchiveCapOptions, LayerCompressionOptions {
  /**
   * Keeps the manifest that the archive holds beside `manifest.json`, and so the image's digest; `false` always makes a
   * new one. What Docker 25 and later save from the classic store has a manifest too, of plain tars; with `compressed`
   * those, and only those, are compressed and get a new manifest. @default true
   */
  readonly originalManifest?: boolean | 'compressed' | undefined;
  /** Told about what was read in spite of a fault, such as a config that does not have the digest in its name. */
  readonly onWarning?: ((warning: ArchiveWarning) => void) | undefined;
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
