import type { AbortOptions } from '../internal/abort.js';
import type { LayerCompressionOptions } from '../partial/layer-compression.js';
import type { Tag } from '../name/reference.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import type { ArchiveCapOptions } from './archive-caps.js';
import type { ArchiveManifest } from './archive-manifest.js';

/** How an archive is read. */
export interface OpenOptions extends AbortOptions, ArchiveCapOptions, LayerCompressionOptions {
  /**
   * Keeps the manifest that the archive holds beside `manifest.json`, and so the image's digest, or
   * writes one. By default it is kept unless all layers are plain tars: those come from Docker's
   * classic store, where the manifest is made for the archive, and are better compressed.
   */
  readonly originalManifest?: boolean | undefined;
  /** How deeply the indexes of an OCI archive may nest. @default 16 */
  readonly maxDepth?: number | undefined;
  /** Cap on entries of the tar. @default 1 000 000 */
  readonly maxEntries?: number | undefined;
  /** Cap on how many times larger a compressed archive may be inside. @default 1000 */
  readonly maxRatio?: number | undefined;
  /** Cap on the bytes inside a compressed archive. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

/** Says which image is meant. */
export interface Selection {
  /** A tag of the image; spellings of the same tag are equal. */
  readonly tag?: Tag | string | undefined;
  /** Platform of the image; fields left empty match anything. */
  readonly platform?: Platform | undefined;
}

/** An image in an archive, before it is opened. */
export interface ArchiveImage {
  /** Tags as the archive spells them. */
  readonly tags: readonly string[];
  /** The manifest's digest, if the archive names it. */
  readonly digest: Hash | undefined;
  /** Platform, if it is known without reading the config. */
  readonly platform: Platform | undefined;
  /** Reads the config and looks at the layers' first bytes. */
  open(options?: AbortOptions): Promise<Image>;
}

/**
 * An archive of images: what `docker save`, podman, skopeo, crane and others write, or an OCI layout
 * in a tar.
 */
export interface Archive {
  /** All images, in the order of `manifest.json` or else of `index.json`. */
  readonly images: readonly ArchiveImage[];
  /** The `manifest.json`; undefined in an OCI archive without. */
  readonly manifest: ArchiveManifest | undefined;
  /**
   * The image that is selected; without a selection, the only one.
   *
   * @throws {@link NotFoundError} if there is none.
   * @throws {@link AmbiguousError} if there are several; it lists them.
   */
  image(selection?: Selection, options?: AbortOptions): Promise<Image>;
  /** What `index.json` lists; undefined if the archive has none. */
  readonly index: ImageIndex | undefined;
  /**
   * Frees the copy of an archive that was compressed or came from a stream. Images can be read no longer then.
   * Without it, that happens when nothing refers to the archive any more.
   */
  close(): Promise<void>;
}
