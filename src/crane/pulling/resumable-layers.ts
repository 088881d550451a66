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
import { expectLater } from '../../internal/streams/consume.js';

/**
 * Layers that go into partial files of a directory while they are read, where a later process finds them; for sinks that
 * write layers to places of their own. End it with `keep` or `discard`, once nothing is read any more.
 */
export interface ResumableLayers {
  /** The image with its layers kept so, each the first time it is read; or an index of such images. */
  of<T extends Image | ImageIndex>(content: T): T;
  /**
   * Leaves the files for a later process, after a failure. If that may come of what an earlier process left, such
   * files go, and the answer is true: another try will not meet them.
   */
  keep(failure: unknown): Promise<boolean>;
  /** Removes the files. */
  discard(): Promise<void>;
}

export function resumableLayers(directory: string, options: CompressedImageOptions = {}): ResumableLayers {
  const opened = new Map<Hash, PartialFile>();
  /** What was there before, and has not turned out to be right. */
  const doubtful = new Set<PartialFile>();
  const wrong = new Set<PartialFile>();

  const open = async (layer: Layer, options: AbortOptions): Promise<Readable> => {
    const digest = await layer.digest(options);
    if (opened.has(digest)) return layer.compressed(options);
    const name = `${hashAlgorithm(digest)}-${hashHex(digest)}`;
    const partial = await partialFile(partialPath(path.join(directory, name)), options);
    // Somebody else is at it.
    if (partial === undefined) return layer.compressed(options);
    opened.set(digest, partial);
    const size = await layer.size(options);
    if (partial.size > size) await partial.restart();
    const start = partial.size;
    const rest = await restOf(layer, start, size, options);
    const content = generated(rest, async function* () {
      // Both yield bytes, never objects.
      if (start > 0) yield* partial.read(options) as AsyncIterable<Buffer>;
      for await (const chunk of rest as AsyncIterable<Buffer>) {
        await partial.write(chunk);
        yield chunk;
      }
    });
    if (start > 0) doubtful.add(partial);
    return verified(content, { digest, size, subject: `blob ${digest}` })
      .once('end', () => doubtful.delete(partial))
      .once('error', (error) => {
        if (isWrong(error)) wrong.add(partial);
      });
  };

  const ofImage = (image: Image): Image =>
    compressedToImage(
      {
        mediaType: async (options) => image.mediaType(options),
        rawManifest: async (options) => image.rawManifest(options),
        rawConfigFile: async (options) => image.rawConfigFile(options),
        digest: async (options) => image.digest(options),
        ...(image.descriptor && { descriptor: image.descriptor.bind(image) }),
        layerByDigest: async (digest, descriptor, options) => {
          const layer = await image.layerByDigest(digest, options);
          return {
            digest: async () => Promise.resolve(digest),
            size: async () => Promise.resolve(descriptor.size),
            mediaType: async () => Promise.resolve(descriptor.mediaType),
            descriptor: async () => Promise.resolve(descriptor),
            diffId: async (own) => layer.diffId(own),
            compressed: async (own = {}) => open(layer, own),
          };
        },
      },
      options,
    );
  const ofIndex = (index: ImageIndex): ImageIndex =>
    indexFromCore({
      mediaType: async (options) => index.mediaType(options),
      rawManifest: async (options) => index.rawManifest(options),
      digest: async (options) => index.digest(options),
      image: async ({ digest }, options) => ofImage(await index.image(digest, options)),
      imageIndex: async ({ digest }, options) => ofIndex(await index.imageIndex(digest, options)),
      layer: async ({ digest }, options) => {
        if (index.layer === undefined) throw new NotFoundError(`${digest}: the index has no such blob`);
        return index.layer(digest, options);
      },
    });

  return {
    // Each gives what it takes.
    of: <T extends Image | ImageIndex>(content: T) =>
      (isImageIndex(content) ? ofIndex(content) : ofImage(content)) as T,
    keep: async (failure) => {
      // A reader that decompresses may stumble before the digest is there.
      const again = isWrong(failure) && doubtful.size > 0;
      for (const partial of opened.values()) {
        const drop = wrong.has(partial) || (again && doubtful.has(partial));
        await (drop ? partial.discard() : partial.keep());
      }
      return again;
    },
    discard: async () => {
      for (const partial of opened.values()) await partial.discard();
    },
  };
}

async function restOf(layer: Layer, start: number, size: number, options: AbortOptions): Promise<Readable> {
  if (start === 0) return layer.compressed(options);
  return start === size ? expectLater(Readable.from([])) : compressedFrom(layer, start, options);
}

function isWrong(error: unknown): boolean {
  return (
    error instanceof DigestMismatchError ||
    error instanceof SizeMismatchError ||
    error instanceof ArchiveInvalidError
  );
}
