import { assertImage, assertIndex } from '../v1/assert-content.js';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { UnsafePathError } from '../errors/invalid/path.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { collect } from '../internal/streams/collect.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import { fileSystemError } from '../internal/files/open-file.js';
import { descriptor as descriptorOf } from '../partial/capabilities.js';
import type { DescriptorMatcher } from '../partial/find.js';
import type { Selection, StoredImages } from '../stored/images.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { CONFIG_MAX_BYTES } from '../v1/documents/decode-document.js';
import { ociImageIndex } from '../v1/types.js';
import { type BlobFiles, blobFiles } from './blobs/files.js';
import { type BlobWriter, blobWriter } from './blobs/writer.js';
import { imageByDigest, singleImage } from './find-image.js';
import { storedFiles, sweep, unreferenced } from './garbage.js';
import { type ImageWriter, imageWriter } from './image-writer.js';
import { withEntryOptions, withEntry, withoutEntries } from './index-entries.js';
import { type IndexFile, indexFile } from './index-file.js';
import { listedImages, rootIndex, type RootIndex } from './listed-images.js';
import { assertOwnDirectory } from './blobs/own-directories.js';
import type {
  AppendOptions,
  GarbageCollectOptions,
  LayoutOptions,
  OpenOptions,
  Path,
  WriteImageOptions,
} from './path.js';

/** A layout in a directory, with a method for the other functions of this package. */
export interface DirectoryPath extends Path {
  /**
   * Writes blobs, and then, under the lock, the index that refers to them. If a garbage collection has removed some of the
   * blobs in between, they are written again.
   */
  publish(
    writeBlobs: (writer: ImageWriter) => Promise<void>,
    writeIndex: (index: IndexFile) => Promise<void>,
    options: WriteImageOptions,
  ): Promise<void>;
}

const HOUR_MS = 3_600_000;
const UNLOCKED_ATTEMPTS = 2;

export function directoryPath(root: string, layout: LayoutOptions): DirectoryPath {
  return Object.freeze(new LayoutDirectory(root, layout));
}

class LayoutDirectory implements DirectoryPath {
  readonly #layout: LayoutOptions;
  readonly #blobs: BlobFiles;
  readonly #index: IndexFile;
  readonly #writer: BlobWriter;

  constructor(
    readonly path: string,
    layout: LayoutOptions,
  ) {
    const { durable, resume } = layout;
    this.#layout = layout;
    this.#blobs = blobFiles(path, layout);
    this.#index = indexFile(path, layout);
    this.#writer = blobWriter({ root: path, blobs: this.#blobs, durable, resume });
  }

  async imageIndex(options?: AbortOptions): Promise<ImageIndex> {
    return rootIndex(await this.#readRoot(options));
  }

  async images(options?: Pick<OpenOptions, 'maxDepth' | 'signal'>): Promise<StoredImages> {
    return listedImages(this.path, await this.#readRoot(options), options);
  }

  async image(which?: Hash | Selection, options: AbortOptions = {}): Promise<Image> {
    if (typeof which === 'object') return (await this.images(options)).image(which, options);
    const index = await this.imageIndex(options);
    return which === undefined ? singleImage(index, options) : imageByDigest(index, which, options);
  }

  async blob(digest: Hash, options?: AbortOptions): Promise<Readable> {
    return this.#blobs.openByDigest(digest, options);
  }

  async bytes(digest: Hash, options?: AbortOptions): Promise<Uint8Array> {
    return collect(await this.#blobs.openByDigest(digest, options), {
      ...options,
      maxBytes: this.#layout.maxConfigBytes ?? CONFIG_MAX_BYTES,
      option: 'maxConfigBytes',
      subject: `size of blob ${digest}`,
    });
  }

  async writeBlob(digest: Hash, content: Readable, options?: AbortOptions): Promise<void> {
    await this.#writer.writeStream(digest, content, options);
  }

  async writeFile(name: string, content: Uint8Array, options?: AbortOptions): Promise<void> {
    const file = pathInside(this.path, name);
    await assertOwnDirectory(this.path, path.dirname(file), `write ${JSON.stringify(name)}`);
    await writeFileAtomic(file, content, { ...options, durable: this.#layout.durable });
  }

  async removeBlob(digest: Hash): Promise<void> {
    const file = this.#blobs.pathOf(digest);
    await assertOwnDirectory(this.path, path.dirname(file), `remove blob ${digest}`);
    await removeFile(file);
  }

  async writeImage(image: Image, options: WriteImageOptions = {}): Promise<void> {
    assertImage('image', image);
    await keepingSpools(async () => this.#imageWriter(options).writeImage(image, options));
  }

  async writeIndex(index: ImageIndex, options: WriteImageOptions = {}): Promise<void> {
    assertIndex('index', index);
    await keepingSpools(async () => this.#imageWriter(options).writeIndex(index, options));
  }

  async appendImage(image: Image, options: AppendOptions = {}): Promise<void> {
    assertImage('image', image);
    await this.#publishEntry(image, undefined, options);
  }

  async appendIndex(index: ImageIndex, options: AppendOptions = {}): Promise<void> {
    assertIndex('index', index);
    await this.#publishEntry(index, undefined, options);
  }

  async appendDescriptor(descriptor: Descriptor, options: AbortOptions = {}): Promise<void> {
    await this.#index.locked(async () => this.#addEntry(descriptor, undefined, options), options);
  }

  async replaceImage(image: Image, matcher: DescriptorMatcher, options: AppendOptions = {}): Promise<void> {
    assertImage('image', image);
    await this.#publishEntry(image, matcher, options);
  }

  async replaceIndex(
    index: ImageIndex,
    matcher: DescriptorMatcher,
    options: AppendOptions = {},
  ): Promise<void> {
    assertIndex('index', index);
    await this.#publishEntry(index, matcher, options);
  }

  async replaceDescriptor(
    descriptor: Descriptor,
    matcher: DescriptorMatcher,
    options: AbortOptions = {},
  ): Promise<void> {
    await this.#index.locked(async () => this.#addEntry(descriptor, matcher, options), options);
  }

  async removeDescriptors(matcher: DescriptorMatcher, options: AbortOptions = {}): Promise<void> {
    await this.#index.locked(async () => {
      const current = this.#index.parse(await this.#index.read(options));
      await this.#index.writeManifest(withoutEntries(current, matcher), options);
    }, options);
  }

  async garbageCollect(options: GarbageCollectOptions = {}): Promise<readonly Hash[]> {
    return options.delete === true
      ? this.#index.locked(async () => this.#deleteGarbage(options), options)
      : (await this.#findGarbage(options)).garbage;
  }

  async publish(...call: Parameters<DirectoryPath['publish']>): Promise<void> {
    await keepingSpools(async () => this.#publishBlobsAndIndex(...call));
  }

  async #publishBlobsAndIndex(
    ...[writeBlobs, writeIndex, options]: Parameters<DirectoryPath['publish']>
  ): Promise<void> {
    for (let attempt = 0; attempt < UNLOCKED_ATTEMPTS; attempt += 1) {
      const images = this.#imageWriter(options);
      await writeBlobs(images);
      const isDone = await this.#index.locked(async () => {
        if (!(await this.#areStored(images.written))) return false;
        await writeIndex(this.#index);
        return true;
      }, options);
      if (isDone) return;
    }
    // Other processes keep collecting garbage, so the lock is held for the blobs too.
    await this.#index.locked(async () => {
      await writeBlobs(this.#imageWriter(options));
      await writeIndex(this.#index);
    }, options);
  }

  async #areStored(digests: Iterable<Hash>): Promise<boolean> {
    for (const digest of digests) if ((await this.#blobs.sizeOf(digest)) === undefined) return false;
    return true;
  }

  /** Writes an image or an index, and an entry for it in `index.json` that replaces all entries that match. */
  async #publishEntry(
    content: Image | ImageIndex,
    replaced: DescriptorMatcher | undefined,
    options: AppendOptions,
  ): Promise<void> {
    await this.publish(
      async (writer) =>
        isImageIndex(content) ? writer.writeIndex(content, options) : writer.writeImage(content, options),
      async () => {
        // As in go-containerregistry, an appended entry keeps nothing of its source's descriptor but the platform, while an
        // entry that replaces others keeps all of it.
        const descriptor =
          replaced === undefined
            ? await bareDescriptor(content, options)
            : await descriptorOf(content, options);
        await this.#addEntry(withEntryOptions(descriptor, options), replaced, options);
      },
      options,
    );
  }

  /** Adds an entry to `index.json`. Call it under the lock. */
  async #addEntry(
    entry: Descriptor,
    replaced: DescriptorMatcher | undefined,
    options: AbortOptions,
  ): Promise<void> {
    const current = this.#index.parse(await this.#index.read(options));
    const kept = replaced === undefined ? current : withoutEntries(current, replaced);
    await this.#index.writeManifest(withEntry(kept, entry), options);
  }

  async #findGarbage(
    options: AbortOptions,
  ): Promise<{ readonly garbage: readonly Hash[]; readonly temporary: readonly string[] }> {
    const { digests, temporary } = await storedFiles(this.path);
    const index = this.#index.parse(await this.#index.read(options));
    return { garbage: await unreferenced(index, digests, this.#blobs, options), temporary };
  }

  /** Call it under the lock. */
  async #deleteGarbage(options: GarbageCollectOptions): Promise<readonly Hash[]> {
    const { garbage, temporary } = await this.#findGarbage(options);
    for (const digest of garbage) {
      // If the lock was lost, its new owner may have listed the blob.
      await this.#index.checkLock();
      await removeFile(this.#blobs.pathOf(digest));
    }
    await sweep(temporary, options.graceMs ?? HOUR_MS);
    return garbage;
  }

  async #readRoot(options?: AbortOptions): Promise<RootIndex> {
    const content = await this.#index.read(options);
    const { mediaType = ociImageIndex } = this.#index.parse(content);
    return { mediaType, content, blobs: this.#blobs };
  }

  #imageWriter(options: WriteImageOptions): ImageWriter {
    return imageWriter({ ...options, writer: this.#writer, target: this.path });
  }
}

async function bareDescriptor(content: Image | ImageIndex, options: AbortOptions): Promise<Descriptor> {
  const { mediaType, size, digest, platform } = await descriptorOf(content, options);
  // The source's descriptor may contain more about the platform, such as the variant, than the config.
  return { mediaType, size, digest, ...(platform && { platform }) };
}

function pathInside(root: string, name: string): string {
  const file = path.resolve(root, name);
  if (!file.startsWith(path.resolve(root) + path.sep)) {
    throw new UnsafePathError(`write ${JSON.stringify(name)}: the name leads out of the layout`);
  }
  return file;
}

async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileSystemError('remove', file, error);
  }
}
