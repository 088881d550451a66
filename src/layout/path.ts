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

/** Options of a layout as a whole. */
export interface LayoutOptions extends AbortOptions {
  /** Reads blobs that are symbolic links, as some build systems make layouts of them. @default false */
  readonly allowSymlinks?: boolean | undefined;
  /** Waits until the disk has what was written, so that it survives a loss of power. @default false */
  readonly durable?: boolean | undefined;
  /**
   * Keeps what there is of a layer that could not be written whole, also when the process is killed: a file
   * `.<hex>.partial` beside the blob's. A later write goes on from there; garbage collection removes what nobody
   * came back for. @default false
   */
  readonly resume?: boolean | undefined;
  /** Cap on manifests and on `index.json`. @default 8 MiB */
  readonly maxManifestBytes?: number | undefined;
  /** Cap on configs. @default 16 MiB */
  readonly maxConfigBytes?: number | undefined;
}

export interface OpenOptions extends LayoutOptions {
  /** How deeply indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}

export interface FromPathOptions extends LayoutOptions {
  /** Makes an empty layout if there is none; several processes may try at once. @default false */
  readonly create?: boolean | undefined;
}

export interface WriteImageOptions extends AbortOptions, ProgressOptions {
  /** Blobs written at the same time. @default 4 */
  readonly jobs?: number | undefined;
  /** How deeply indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}

export interface AppendOptions extends WriteImageOptions, EntryOptions {}

export interface GarbageCollectOptions extends AbortOptions {
  /** Deletes what is not referenced, under the layout's lock. @default false */
  readonly delete?: boolean | undefined;
  /** Age from which on a temporary or partial file counts as left behind. @default 1 hour */
  readonly graceMs?: number | undefined;
}

/**
 * An OCI image layout in a directory.
 *
 * Any number of processes may read and append at the same time: blobs and `index.json` appear under
 * their names only when they are complete, and `index.json` changes under a lock.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/layout/layoutpath.go
 */
export interface Path {
  /** The directory. */
  readonly path: string;

  /** What `index.json` lists at the time of the call. */
  imageIndex(options?: AbortOptions): Promise<ImageIndex>;
  /** All images at the time of the call, those of indexes too, to choose from. */
  images(options?: Pick<OpenOptions, 'maxDepth' | 'signal'>): Promise<StoredImages>;
  /**
   * The image with this digest, listed by `index.json` itself or by an index in it, or the one with a tag or for a
   * platform; without either, the only image there is.
   *
   * @throws NotFoundError if there is none.
   * @throws AmbiguousError if there are several.
   */
  image(which?: Hash | Selection, options?: AbortOptions): Promise<Image>;
  /** Opens a blob; its bytes are checked against the digest before their end is seen. The caller owns the stream. */
  blob(digest: Hash, options?: AbortOptions): Promise<Readable>;
  /** Reads a blob whole, checked; meant for manifests and configs, and capped like a config. */
  bytes(digest: Hash, options?: AbortOptions): Promise<Uint8Array>;

  /**
   * Writes a blob, checked against its digest, unless it is there already. Owns the stream.
   *
   * @throws DigestMismatchError if the content is another; nothing is left behind then.
   */
  writeBlob(digest: Hash, content: Readable, options?: AbortOptions): Promise<void>;
  /** Writes a file of any name inside the layout atomically. Not meant for blobs. */
  writeFile(name: string, content: Uint8Array, options?: AbortOptions): Promise<void>;
  /** Removes a blob, whoever refers to it; one that is not there is no error. */
  removeBlob(digest: Hash): Promise<void>;

  /** Writes an image's blobs. `index.json` stays as it is. What is there already is not read from the image. */
  writeImage(image: Image, options?: WriteImageOptions): Promise<void>;
  /** Writes an index and everything below it. `index.json` stays as it is. */
  writeIndex(index: ImageIndex, options?: WriteImageOptions): Promise<void>;

  /** Writes an image and adds it to `index.json`, once however often it is repeated. */
  appendImage(image: Image, options?: AppendOptions): Promise<void>;
  /** Writes an index and adds it to `index.json`, once however often it is repeated. */
  appendIndex(index: ImageIndex, options?: AppendOptions): Promise<void>;
  /** Adds a descriptor to `index.json`; what it describes is the caller's business. */
  appendDescriptor(descriptor: Descriptor, options?: AbortOptions): Promise<void>;
  /** Writes an image and puts it into `index.json` in place of all entries that match. */
  replaceImage(image: Image, matcher: DescriptorMatcher, options?: AppendOptions): Promise<void>;
  /** Writes an index and puts it into `index.json` in place of all entries that match. */
  replaceIndex(index: ImageIndex, matcher: DescriptorMatcher, options?: AppendOptions): Promise<void>;
  /** Puts a descriptor into `index.json` in place of all entries that match. */
  replaceDescriptor(
    descriptor: Descriptor,
    matcher: DescriptorMatcher,
    options?: AbortOptions,
  ): Promise<void>;
  /** Removes all entries that match from `index.json`; blobs stay until garbage is collected. */
  removeDescriptors(matcher: DescriptorMatcher, options?: AbortOptions): Promise<void>;

  /**
   * Finds the blobs that nothing in `index.json` leads to, and deletes them if asked to.
   *
   * Kept are also referrers of what is kept, and content of unknown kind that `index.json` lists.
   *
   * @returns the digests of the unreferenced blobs.
   */
  garbageCollect(options?: GarbageCollectOptions): Promise<readonly Hash[]>;
}
