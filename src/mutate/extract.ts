import { assertImage } from '../v1/assert-content.js';
import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Image } from '../v1/image.js';
import { checkedLayers, type DiffIdOptions } from './layers/checked-layers.js';
import { mergeLayers, type MergeOptions } from './merge/merge-layers.js';
import { lazyTar } from '../internal/tar/lazy-tar.js';

/** Options of {@link extract}. */
export interface ExtractOptions extends AbortOptions, DiffIdOptions {
  /**
   * What to do with symbolic links that lead above the root. In the filesystem of a container they end at the root.
   * Refuse them if the tar is unpacked elsewhere.
   *
   * @default 'keep'
   */
  readonly climbingLinks?: 'keep' | 'refuse' | undefined;
  /**
   * Cap on the number of paths in all layers together. Parent directories without an entry of their own and targets of
   * hard links count, too. @default 1 000 000
   */
  readonly maxEntries?: number | undefined;
  /** Cap on the bytes of the tar, because a small layer may contain very large sparse files. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

const MAX_ENTRIES = 1_000_000;
/** Default cap on the bytes of a merged tar. */
export const MAX_TAR_BYTES = 64 * 1024 ** 3;

/**
 * The filesystem of an image as one tar, as a container of the image sees it. The caller owns the stream.
 *
 * Nothing is read before the stream is read. Layers are read from the top, and once, unless a hard link leads to
 * content that an upper layer hides; the next layers are opened in advance. Whiteouts are applied and left out. A hard
 * link whose target is hidden becomes a file. Everything else is kept: entries have their own metadata, symbolic links
 * their targets. Names are relative and clean; names of directories end in a slash. The same image gives the same
 * bytes.
 *
 * The stream fails, instead of ending, if a layer does not match its digest, or its tar does not match the diff ID in
 * the config.
 *
 * @throws ManifestInvalidError through the stream, if the config has more or fewer diff IDs than the manifest has
 *   layers.
 * @throws DigestMismatchError through the stream, if a layer has another digest or diff ID; see `ignoreDiffIds`.
 * @throws UnsafePathError through the stream, for an entry whose name leads outside the root.
 * @throws ArchiveInvalidError through the stream, for a layer that is not a tar, or that has a hard link without a
 *   target.
 * @throws UnsupportedError through the stream, for a blob of an artifact that is not a tar.
 * @throws LimitExceededError through the stream, if the tar exceeds `maxEntries` or `maxBytes`.
 */
export function extract(image: Image, options: ExtractOptions = {}): Readable {
  assertImage('image', image);
  const { signal, maxBytes = MAX_TAR_BYTES, ignoreDiffIds } = options;
  return lazyTar(
    async (tar, running) => {
      const layers = await checkedLayers(image, { ignoreDiffIds }, running);
      await mergeLayers({ layers }, tar, mergeOptions(options), running);
    },
    { signal, maxBytes },
  );
}

/** The options of a merge, with their defaults. */
export function mergeOptions({
  climbingLinks = 'keep',
  maxEntries = MAX_ENTRIES,
}: Pick<ExtractOptions, 'climbingLinks' | 'maxEntries'>): MergeOptions {
  return { climbingLinks, maxEntries };
}
