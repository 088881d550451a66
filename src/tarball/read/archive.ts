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
  /** What is wrong, for a person to read. */
  readonly text: string;
}

/** Options of the functions that open an archive. */
export interface OpenOptions extends AbortOptions, ArchiveCapOptions, LayerCompressionOptions {
  /**
   * Uses the manifest that the archive contains beside `manifest.json`, and so keeps the image's digest; `false` always makes
   * a new manifest. Docker 25 and later write such a manifest for images of the classic store too, with layers that are plain
   * tars. `compressed` compresses these images, and only these, and makes a new manifest for them. @default true
   */
  readonly originalManifest?: boolean | 'compressed' | undefined;
  /** Receives a warning for each fault that does not prevent reading, such as a config whose digest is not the one in its name. */
  readonly onWarning?: ((warning: ArchiveWarning) => void) | undefined;
  /** How deeply the indexes of an OCI archive may nest. @default 16 */
  readonly maxDepth?: number | undefined;
  /** Largest number of entries in the tar. @default 1 000 000 */
  readonly maxEntries?: number | undefined;
  /**
   * Largest ratio of the decompressed to the compressed size of an archive.
   *
   * @default 1100 for gzip and 40 000 for zstd, which is more than these formats can reach; 1000 for the holes of a sparse file
   */
  readonly maxRatio?: number | undefined;
  /** Largest size of a compressed archive after decompression, in bytes. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

/** An image in an archive, before it is opened. */
export type ArchiveImage = StoredImage;

/**
 * An archive of images, as `docker save`, podman, skopeo, crane and others write it, an archive in Docker's first format, or
 * an OCI layout in a tar.
 *
 * The images are in the order of `manifest.json`. Without a `manifest.json` they are in the order of `index.json`; in Docker's
 * first format they are sorted by name.
 */
export interface Archive extends StoredImages {
  /** The parsed `manifest.json`; undefined if the archive has none. */
  readonly manifest: ArchiveManifest | undefined;
  /** The index in `index.json`; undefined if the archive has none. */
  readonly index: ImageIndex | undefined;
  /**
   * Frees the copy of an archive that was compressed or came from a stream. Afterwards its images can no longer be read. If
   * `close` is not called, the copy is freed when nothing refers to the archive any more.
   */
  close(): Promise<void>;
}
