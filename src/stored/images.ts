import type { AbortOptions } from '../internal/async/abort.js';
import type { Tag } from '../name/reference.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';

/** Selects an image. The image has to match every member that is given. */
export interface Selection {
  /**
   * A tag of the image. Different spellings of the same tag are equal: `busybox` is `docker.io/library/busybox:latest`.
   */
  readonly tag?: Tag | string | undefined;
  /** Digest of the manifest. */
  readonly digest?: Hash | undefined;
  /** Platform of the image. Fields that are missing or empty match anything. */
  readonly platform?: Platform | undefined;
}

/** An image in an archive or layout, before it is opened. */
export interface StoredImage {
  /** Its names as the archive or layout spells them: tags, or the annotations of its descriptor. */
  readonly tags: readonly string[];
  /** The manifest's digest; undefined if it is not known before the image is opened. */
  readonly digest: Hash | undefined;
  /** The platform; undefined if it is not known before the config is read. */
  readonly platform: Platform | undefined;
  /** Opens the image. This reads the config; in an archive of plain tars, also the first bytes of each layer. */
  open(options?: AbortOptions): Promise<Image>;
}

/**
 * The images of an archive or a layout.
 *
 * Call `close` when they are no longer needed, or declare them with `await using`.
 */
export interface StoredImages {
  /** All images, in the order of the archive or layout. */
  readonly images: readonly StoredImage[];
  /**
   * The selected image; without a selection, the only image. An attestation is selected only by its digest.
   *
   * @throws NotFoundError if no image matches. The message lists the images.
   * @throws AmbiguousError if several images match. The message lists them.
   */
  image(selection?: Selection, options?: AbortOptions): Promise<Image>;
  /**
   * The index with this tag or digest; without either, the index of everything in the archive or layout. If no index is
   * stored, one is made of images that share a tag and have different platforms.
   *
   * @throws NotFoundError if the selection matches nothing, or an image.
   */
  imageIndex(selection?: Omit<Selection, 'platform'>, options?: AbortOptions): Promise<ImageIndex>;
  /**
   * The selected image, or the selected index with all its platforms; without a selection, the only entry.
   *
   * @throws NotFoundError if nothing matches. The message lists the images.
   * @throws AmbiguousError if several entries match. The message lists them.
   */
  find(selection?: Selection, options?: AbortOptions): Promise<Image | ImageIndex>;
  /** Frees memory and temporary files that hold copies of the content. Afterwards the images can no longer be read. */
  close(): Promise<void>;
  /** Calls `close`. */
  [Symbol.asyncDispose](): Promise<void>;
}
