import { LimitExceededError } from '../errors/limit-exceeded.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { isImage, isIndex } from '../v1/types.js';
import type { Choice } from './select-image.js';

/** An image, or an index of images, that an `index.json` leads to. */
export interface IndexEntry extends Choice {
  readonly descriptor: Descriptor;
  readonly digest: Hash;
  readonly platform: Platform | undefined;
  /** Names in the entry's own annotations; if there are none, the names of the index that lists the entry. */
  readonly tags: readonly string[];
  /** Names in the entry's own annotations, collected from all indexes that list it. */
  readonly ownTags: readonly string[];
  /** Whether `index.json` itself lists the entry. */
  readonly isTopLevel: boolean;
  readonly isImage: boolean;
  /** Whether the manifests of the entry and of everything below it exist. A layout may lack some of them. */
  readonly isComplete: boolean;
  /** The images below an index, including those of nested indexes. */
  readonly below: readonly Hash[];
  open(options: AbortOptions): Promise<Image | ImageIndex>;
}

export interface IndexEntriesOptions extends AbortOptions {
  /** Says whether the manifest of a listed descriptor exists. */
  readonly exists: (descriptor: Descriptor, options: AbortOptions) => Promise<boolean>;
  /** How deep indexes may nest. @default 16 */
  readonly maxDepth?: number | undefined;
}

/**
 * Lists all images and indexes below an index, in its order, each once. Children of a nested index whose manifests do
 * not exist are left out.
 *
 * @throws LimitExceededError if indexes nest deeper than `maxDepth`.
 */
export async function indexEntries(
  root: ImageIndex,
  options: IndexEntriesOptions,
): Promise<readonly IndexEntry[]> {
  const walk = new IndexWalk(options);
  await walk.visit(root, [], 1);
  return walk.entries();
}

/** What the place of an entry says about it. */
type EntryPosition = Pick<IndexEntry, 'isTopLevel' | 'isComplete' | 'isImage' | 'below' | 'open'>;

/** An entry that may still gain names. */
interface GrowingEntry extends EntryPosition {
  readonly descriptor: Descriptor;
  readonly tags: Set<string>;
  readonly ownTags: Set<string>;
}

/** The result of walking one index. */
interface VisitedIndex {
  /** The images below the index. */
  readonly images: readonly Hash[];
  /** Whether the manifests of everything below the index exist. */
  readonly isComplete: boolean;
}

class IndexWalk {
  readonly #exists: IndexEntriesOptions['exists'];
  readonly #maxDepth: number;
  readonly #signal: AbortSignal | undefined;
  readonly #found = new Map<Hash, GrowingEntry>();
  readonly #visits = new Map<string, Promise<VisitedIndex>>();

  constructor({ exists, maxDepth = MAX_INDEX_DEPTH, signal }: IndexEntriesOptions) {
    this.#exists = exists;
    this.#maxDepth = maxDepth;
    this.#signal = signal;
  }

  async visit(index: ImageIndex, inherited: readonly string[], depth: number): Promise<VisitedIndex> {
    if (depth > this.#maxDepth) {
      throw new LimitExceededError('nesting of indexes', this.#maxDepth, 'maxDepth');
    }
    const isTopLevel = depth === 1;
    const images = new Set<Hash>();
    let isComplete = true;
    for (const child of (await index.indexManifest({ signal: this.#signal })).manifests) {
      const { digest, mediaType } = child;
      if (!isImage(mediaType) && !isIndex(mediaType)) continue;
      const exists = await this.#exists(child, { signal: this.#signal });
      isComplete &&= exists;
      if (isImage(mediaType)) {
        if (!exists && !isTopLevel) continue;
        images.add(digest);
        this.#addEntry(child, inherited, {
          isTopLevel,
          isComplete: exists,
          isImage: true,
          below: [],
          open: async (options) => index.image(digest, options),
        });
      } else if (exists) {
        const nested = await this.#visitNested(index, child, inherited, depth);
        isComplete &&= nested.isComplete;
        for (const image of nested.images) images.add(image);
      }
    }
    return { images: [...images], isComplete };
  }

  entries(): readonly IndexEntry[] {
    return Array.from(this.#found, ([digest, { tags, ownTags, descriptor, ...position }]) => ({
      ...position,
      digest,
      descriptor,
      platform: descriptor.platform,
      tags: Object.freeze([...tags]),
      ownTags: Object.freeze([...ownTags]),
    }));
  }

  /** Walks a child index once for each set of names that it passes on to its children. */
  async #visitNested(
    index: ImageIndex,
    child: Descriptor,
    inherited: readonly string[],
    depth: number,
  ): Promise<VisitedIndex> {
    const { digest } = child;
    const open = async (options: AbortOptions): Promise<ImageIndex> => index.imageIndex(digest, options);
    const position = { isTopLevel: depth === 1, isImage: false, open };
    // The entry is added before its children, so that it stands before them. What is below it is filled in afterwards.
    this.#addEntry(child, inherited, { ...position, isComplete: true, below: [] });
    const ownNames = namesOf(child);
    const names = ownNames.length > 0 ? ownNames : inherited;
    const opened = await open({ signal: this.#signal });
    const key = JSON.stringify([digest, names]);
    const visit = this.#visits.get(key) ?? this.visit(opened, names, depth + 1);
    this.#visits.set(key, visit);
    const visited = await visit;
    this.#addEntry(child, inherited, {
      ...position,
      isComplete: visited.isComplete,
      below: visited.images,
    });
    return visited;
  }

  #addEntry(child: Descriptor, inherited: readonly string[], position: EntryPosition): void {
    const { descriptor, tags, ownTags, isTopLevel } = this.#found.get(child.digest) ?? {
      descriptor: child,
      tags: new Set<string>(),
      ownTags: new Set<string>(),
      isTopLevel: false,
    };
    // The same digest may be listed under several names.
    const ownNames = namesOf(child);
    for (const name of ownNames) ownTags.add(name);
    for (const name of ownNames.length > 0 ? ownNames : inherited) tags.add(name);
    this.#found.set(child.digest, {
      ...position,
      descriptor,
      tags,
      ownTags,
      isTopLevel: position.isTopLevel || isTopLevel,
    });
  }
}

function namesOf({ annotations = {} }: Descriptor): readonly string[] {
  return ['io.containerd.image.name', 'org.opencontainers.image.ref.name'].flatMap((key) =>
    Object.hasOwn(annotations, key) ? [annotations[key] ?? ''] : [],
  );
}
