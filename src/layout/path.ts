import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import type { DescriptorMatcher } from '../partial/find.js';
import type { Selection, StoredImages } from '../stored/images.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { ProgressOptions } from '../v1/progress.js';
import type { EntryOptions } from './index-entries.js';

/** Options of a layout; they apply to all operations on it. */
export interface LayoutOptions extends AbortOptions {
  /** Reads blobs that are symbolic links; some build systems make layouts of links. @default false */
  readonly allowSymlinks?: boolean | undefined;
  /**
   * Waits until the disk has each written file, so that it survives a loss of power. Off by default, unlike in `registry`,
   * because a layout can be written again from its source, and waiting for the disk takes time.
   *
   * @default false
   */
  readonly durable?: boolean | undefined;
  /**
   * Keeps the received content of a layer whose write failed, even if the process is killed, in a file `.<hex>.partial`
   * beside the blob. A later write resumes from there. Garbage collection removes such files after `graceMs`.
   *
   * @default false
   */
  readonly resume?: boolean | undefined;
  /** Largest size of a manifest and of `index.json`, in bytes. @default 8 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** Largest size of a config in bytes. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
}

/** Options of `open`. */
export interface OpenOptions extends LayoutOptions {
  /** How deeply indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}

/** Options of `fromPath`. */
export interface FromPathOptions extends LayoutOptions {
  /** Creates an empty layout if none exists; several processes may do so at the same time. @default false */
  readonly create?: boolean | undefined;
}

/** Options of the methods that write images and indexes. */
export interface WriteImageOptions extends AbortOptions, ProgressOptions {
  /** Number of blobs that are written at the same time. @default 4 */
  readonly jobs?: number | undefined;
  /** How deeply indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}

/** Options of the methods that write content and add it to `index.json`. */
export interface AppendOptions extends WriteImageOptions, EntryOptions {}

/** Options of {@link Path.garbageCollect}. */
export interface GarbageCollectOptions extends AbortOptions {
  /** Deletes the unreferenced blobs, under the layout's lock. @default false */
  readonly delete?: boolean | undefined;
  /** Age in milliseconds from which a temporary or partial file is deleted. @default 3 600 000, an hour */
  readonly graceMs?: number | undefined;
}

/**
 * An OCI image layout in a directory.
 *
 * Any number of processes may read and append at the same time: blobs and `index.json` appear under their names only when
 * they are complete, and `index.json` is changed only under a lock.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/layout/layoutpath.go
 */
export interface Path {
  /** The directory of the layout. */
  readonly path: string;

  /** Reads `index.json`. Later changes to the file are not seen. */
  imageIndex(options?: AbortOptions): Promise<ImageIndex>;
  /** Lists all images, with those of indexes. Images that are added later are not listed. */
  images(options?: Pick<OpenOptions, 'maxDepth' | 'signal'>): Promise<StoredImages>;
  /**
   * The image with this digest, in `index.json` or in an index that it lists, or the image that the selection matches.
   * Without an argument, the only image of the layout.
   *
   * @throws NotFoundError if the layout has no such image.
   * @throws AmbiguousError if several images match.
   */
  image(which?: Hash | Selection, options?: AbortOptions): Promise<Image>;
  /**
   * Opens a blob. The stream checks the digest before it ends. The caller owns the stream.
   *
   * @throws NotFoundError if the layout does not contain the blob.
   */
  blob(digest: Hash, options?: AbortOptions): Promise<Readable>;
  /**
   * Reads all of a manifest or a config, and checks its digest.
   *
   * @throws NotFoundError if the layout does not contain the blob.
   * @throws LimitExceededError if the blob is larger than `maxConfigBytes`.
   */
  bytes(digest: Hash, options?: AbortOptions): Promise<Uint8Array>;

  /**
   * Writes a blob unless it exists already, and checks its digest. Owns the stream.
   *
   * @throws DigestMismatchError if the content has another digest; in that case no file is left behind.
   */
  writeBlob(digest: Hash, content: Readable, options?: AbortOptions): Promise<void>;
  /**
   * Writes a file of any name inside the layout, atomically. Use {@link writeBlob} for blobs.
   *
   * @throws UnsafePathError if the name leads out of the layout, or through a link.
   */
  writeFile(name: string, content: Uint8Array, options?: AbortOptions): Promise<void>;
  /** Removes a blob, even if something refers to it. A blob that does not exist is not an error. */
  removeBlob(digest: Hash): Promise<void>;

  /** Writes the blobs of an image, and does not change `index.json`. Layers that the layout contains are not read. */
  writeImage(image: Image, options?: WriteImageOptions): Promise<void>;
  /** Writes an index and everything below it, and does not change `index.json`. */
  writeIndex(index: ImageIndex, options?: WriteImageOptions): Promise<void>;

  /** Writes an image and adds it to `index.json`. Repeating the call does not add it again. */
  appendImage(image: Image, options?: AppendOptions): Promise<void>;
  /** Writes an index and adds it to `index.json`. Repeating the call does not add it again. */
  appendIndex(index: ImageIndex, options?: AppendOptions): Promise<void>;
  /** Adds a descriptor to `index.json`. The layout need not contain the content. */
  appendDescriptor(descriptor: Descriptor, options?: AbortOptions): Promise<void>;
  /** Writes an image, and replaces all entries of `index.json` that match by an entry for it. */
  replaceImage(image: Image, matcher: DescriptorMatcher, options?: AppendOptions): Promise<void>;
  /** Writes an index, and replaces all entries of `index.json` that match by an entry for it. */
  replaceIndex(index: ImageIndex, matcher: DescriptorMatcher, options?: AppendOptions): Promise<void>;
  /** Replaces all entries of `index.json` that match by a descriptor. */
  replaceDescriptor(
    descriptor: Descriptor,
    matcher: DescriptorMatcher,
    options?: AbortOptions,
  ): Promise<void>;
  /** Removes all entries that match from `index.json`. Their blobs are removed by {@link garbageCollect}. */
  removeDescriptors(matcher: DescriptorMatcher, options?: AbortOptions): Promise<void>;

  /**
   * Finds the blobs that cannot be reached from `index.json`, and deletes them if `delete` is set.
   *
   * Referrers of kept content are kept too, and so is content of unknown kind that `index.json` lists.
   *
   * @returns the digests of the unreferenced blobs.
   */
  garbageCollect(options?: GarbageCollectOptions): Promise<readonly Hash[]>;
}
