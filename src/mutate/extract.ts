import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Image } from '../v1/image.js';
import { checkedLayers, type DiffIdOptions } from './layers/checked-layers.js';
import { mergeLayers, type MergeOptions } from './merge/merge-layers.js';
import { writtenTar } from '../internal/tar/written-tar.js';

export interface ExtractOptions extends AbortOptions, DiffIdOptions {
  /**
   * Symbolic links that lead above the root. In a filesystem of its own, as a container has, they end at the root; whoever
   * unpacks the tar elsewhere may want to refuse them.
   *
   * @default 'keep'
   */
  readonly climbingLinks?: 'keep' | 'refuse' | undefined;
  /** Paths in all layers together; directories that are only implied, and targets of hard links, count too. @default 1 000 000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of the tar before a LimitExceededError: a small layer may hold very large sparse files. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

const MAX_ENTRIES = 1_000_000;
export const MAX_TAR_BYTES = 64 * 1024 ** 3;

/**
 * The filesystem of an image as one tar: what a container made from it sees.
 *
 * Nothing is read before the stream is. Layers are read from the top, once unless a hard link leads to content that an upper
 * layer hides; the next ones are opened ahead of their turn. Whiteouts are applied and left out, and a hard link whose target is gone becomes a file. All
 * else is kept: entries have their own metadata, symbolic links their targets. Names are relative and
 * clean, those of directories end in a slash. The same image gives the same bytes. See docs/concepts/flattening.md.
 *
 * The stream fails, instead of ending, if a layer is not what its digest says, or its tar not what the config says.
 *
 * @throws ManifestInvalidError through the stream, if the config has more or fewer diff IDs than there are layers.
 * @throws DigestMismatchError through the stream, for a layer that is something else; see `ignoreDiffIds`.
 * @throws UnsafePathError through the stream, for an entry whose name leads outside the root.
 * @throws ArchiveInvalidError through the stream, for a layer that is no tar, or whose hard link leads nowhere.
 * @throws UnsupportedError through the stream, for a blob of an artifact that is no tar.
 * @throws LimitExceededError through the stream, if it has more entries or bytes than it may.
 */
export function extract(image: Image, options: ExtractOptions = {}): Readable {
  const { signal, maxBytes = MAX_TAR_BYTES, ignoreDiffIds } = options;
  return writtenTar(
    async (tar, asked) => {
      const layers = await checkedLayers(image, { ignoreDiffIds }, asked);
      await mergeLayers({ layers }, tar, mergeOptions(options), asked);
    },
    { signal, maxBytes },
  );
}

export function mergeOptions({
  climbingLinks = 'keep',
  maxEntries = MAX_ENTRIES,
}: Pick<ExtractOptions, 'climbingLinks' | 'maxEntries'>): MergeOptions {
  return { climbingLinks, maxEntries };
}
