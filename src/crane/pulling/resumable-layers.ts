import path from 'node:path';
import { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { generated } from '../../internal/streams/generated.js';
import { type PartialFile, partialFile, partialPath } from '../../internal/resumable/partial-file.js';
import { verified } from '../../internal/streams/verify.js';
import { compressedFrom } from '../../partial/capabilities.js';
import { indexFromCore } from '../../partial/index-from-core.js';
import { compressedToImage, type CompressedImageOptions } from '../../partial/compressed-image.js';
import { type Hash, hashAlgorithm, hashHex } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/**
 * Writes layers into partial files of a directory while they are read, so that a later process can resume them. It is for
 * sinks that write the layers themselves somewhere else. End it with `keep` or `discard`, once no layer is read any more.
 */
export interface ResumableLayers {
  /** The image, or the index of images, with each layer written to a partial file the first time it is read. */
  of<T extends Image | ImageIndex>(content: T): T;
  /**
   * Leaves the partial files for a later process, after a failure. If the failure may be due to the content of a file that an
   * earlier process left, that file is removed, and the result is true: another attempt will not meet it.
   */
  keep(failure: unknown): Promise<boolean>;
  /** Removes the partial files. */
  discard(): Promise<void>;
}

export function resumableLayers(directory: string, options: CompressedImageOptions = {}): ResumableLayers {
  return new PartialLayers(directory, options);
}

class PartialLayers implements ResumableLayers {
  readonly #directory: string;
  readonly #options: CompressedImageOptions;
  readonly #opened = new Map<Hash, PartialFile>();
  /** Files that hold data of an earlier process, which was not verified yet. */
  readonly #unverified = new Set<PartialFile>();
  readonly #invalid = new Set<PartialFile>();

  constructor(directory: string, options: CompressedImageOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  of<T extends Image | ImageIndex>(content: T): T {
    // An image gives an image, and an index an index.
    return (isImageIndex(content) ? this.#index(content) : this.#image(content)) as T;
  }

  async keep(failure: unknown): Promise<boolean> {
    // A reader that decompresses may fail before the digest is checked.
    const mayRetry = isInvalidContent(failure) && this.#unverified.size > 0;
    for (const partial of this.#opened.values()) {
      const isSuspect = this.#invalid.has(partial) || (mayRetry && this.#unverified.has(partial));
      await (isSuspect ? partial.discard() : partial.keep());
    }
    return mayRetry;
  }

  async discard(): Promise<void> {
    for (const partial of this.#opened.values()) await partial.discard();
  }

  #image(image: Image): Image {
    return compressedToImage(
      {
        mediaType: async (options) => image.mediaType(options),
        rawManifest: async (options) => image.rawManifest(options),
        rawConfigFile: async (options) => image.rawConfigFile(options),
        digest: async (options) => image.digest(options),
        ...(image.descriptor && { descriptor: image.descriptor.bind(image) }),
        layerByDigest: async (digest, descriptor, options) => {
          const layer = await image.layerByDigest(digest, options);
          return {
            digest: async () => digest,
            size: async () => descriptor.size,
            mediaType: async () => descriptor.mediaType,
            descriptor: async () => descriptor,
            diffId: async (callOptions) => layer.diffId(callOptions),
            compressed: async (callOptions = {}) => this.#open(layer, callOptions),
          };
        },
      },
      this.#options,
    );
  }

  #index(index: ImageIndex): ImageIndex {
    return indexFromCore({
      mediaType: async (options) => index.mediaType(options),
      rawManifest: async (options) => index.rawManifest(options),
      digest: async (options) => index.digest(options),
      image: async ({ digest }, options) => this.#image(await index.image(digest, options)),
      imageIndex: async ({ digest }, options) => this.#index(await index.imageIndex(digest, options)),
      layer: async ({ digest }, options) => {
        if (index.layer === undefined) throw new NotFoundError(`${digest}: the index has no such blob`);
        return index.layer(digest, options);
      },
    });
  }

  async #open(layer: Layer, options: AbortOptions): Promise<Readable> {
    const digest = await layer.digest(options);
    if (this.#opened.has(digest)) return layer.compressed(options);
    const name = `${hashAlgorithm(digest)}-${hashHex(digest)}`;
    const partial = await partialFile(partialPath(path.join(this.#directory, name)), options);
    // Another process is writing this file.
    if (partial === undefined) return layer.compressed(options);
    this.#opened.set(digest, partial);
    const size = await layer.size(options);
    if (partial.size > size) await partial.restart();
    const start = partial.size;
    const rest = await restOf(layer, start, size, options);
    const content = generated(rest, async function* () {
      // Both streams yield bytes, never objects.
      if (start > 0) yield* partial.read(options) as AsyncIterable<Buffer>;
      for await (const chunk of rest as AsyncIterable<Buffer>) {
        await partial.write(chunk);
        yield chunk;
      }
    });
    if (start > 0) this.#unverified.add(partial);
    return verified(content, { digest, size, subject: `blob ${digest}` })
      .once('end', () => this.#unverified.delete(partial))
      .once('error', (error) => {
        if (isInvalidContent(error)) this.#invalid.add(partial);
      });
  }
}

/** The bytes of a layer from `start` on. */
async function restOf(layer: Layer, start: number, size: number, options: AbortOptions): Promise<Readable> {
  if (start === 0) return layer.compressed(options);
  return start === size ? ignoreLateErrors(Readable.from([])) : compressedFrom(layer, start, options);
}

function isInvalidContent(error: unknown): boolean {
  return (
    error instanceof DigestMismatchError ||
    error instanceof SizeMismatchError ||
    error instanceof ArchiveInvalidError
  );
}
