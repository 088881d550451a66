import type { AbortOptions } from '../internal/async/abort.js';
import type { Tag } from '../name/reference.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';

/** Says which image is meant; all that is given has to fit. */
export interface Selection {
  /** A tag of the image; spellings of the same tag are equal. */
  readonly tag?: Tag | string | undefined;
  /** Digest of the manifest. */
  readonly digest?: Hash | undefined;
  /** Platform of the image; fields left empty match anything. */
  readonly platform?: Platform | undefined;
}

/** An image that lies somewhere, before it is opened. */
export interface StoredImage {
  /** Its names as they are written there: tags, or the annotations of its descriptor. */
  readonly tags: readonly string[];
  /** The manifest's digest, if it is known without opening the image. */
  readonly digest: Hash | undefined;
  /** Platform, if it is known without reading the config. */
  readonly platform: Platform | undefined;
  /** Reads the config, and of an archive of plain tars the layers' first bytes. */
  open(options?: AbortOptions): Promise<Image>;
}

/** Images that lie together, in an archive or a layout. */
export interface StoredImages {
  readonly images: readonly StoredImage[];
  /**
   * The image that is selected; without a selection, the only one. Attestations are taken only by their digest.
   *
   * @throws NotFoundError if there is none; it lists what there is.
   * @throws AmbiguousError if there are several; it lists them.
   */
  image(selection?: Selection, options?: AbortOptions): Promise<Image>;
  /**
   * The index with this tag or digest; without either, the index of all that is there. Images that have a tag in common
   * and differ in their platform make an index where there is none.
   *
   * @throws NotFoundError if what is selected is no index.
   */
  imageIndex(selection?: Omit<Selection, 'platform'>, options?: AbortOptions): Promise<ImageIndex>;
  /**
   * What is selected, an image or an index with all its platforms; without a selection, the only entry.
   *
   * @throws NotFoundError if there is none; it lists what there is.
   * @throws AmbiguousError if there are several; it lists them.
   */
  find(selection?: Selection, options?: AbortOptions): Promise<Image | ImageIndex>;
  /** Frees what had to be copied. Images can be read no longer then. */
  close(): Promise<void>;
}
