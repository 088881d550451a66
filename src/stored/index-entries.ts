import { LimitExceededError } from '../errors/limit-exceeded.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Platform } from '../v1/platform.js';
import { isImage, isIndex } from '../v1/types.js';
import type { Choice } from './select-stored.js';

/** Something that an `index.json` leads to: an image, or an index of images. */
export interface IndexEntry extends Choice {
  readonly descriptor: Descriptor;
  readonly digest: Hash;
  readonly platform: Platform | undefined;
  /** Names in its own annotations, or else what the index is called that it is in. */
  readonly tags: readonly string[];
  /** Names in its own annotations, in whichever indexes list it. */
  readonly ownTags: readonly string[];
  /** Whether `index.json` itself lists it. */
  readonly top: boolean;
  readonly isImage: boolean;
  /** Whether its manifest is there, and those of all below it: a layout may lack some. */
  readonly whole: boolean;
  /** The images below an index, in indexes within it too. */
  readonly below: readonly Hash[];
  open(options: AbortOptions): Promise<Image | ImageIndex>;
}

export interface IndexEntriesOptions extends AbortOptions {
  /** Tells whether a manifest that is listed is there. */
  readonly exists: (descriptor: Descriptor, options: AbortOptions) => Promise<boolean>;
  readonly maxDepth?: number | undefined;
}

/** All images and indexes below an index, in its order, each once. What is missing of an index is passed over. */
export async function indexEntries(
  root: ImageIndex,
  options: IndexEntriesOptions,
): Promise<readonly IndexEntry[]> {
  const { maxDepth = MAX_INDEX_DEPTH, exists, signal } = options;
  const found = new Map<Hash, Entered>();
  const enter = (child: Descriptor, inherited: readonly string[], rest: Rest): void => {
    const { descriptor, tags, ownTags, top } = found.get(child.digest) ?? {
      descriptor: child,
      tags: new Set<string>(),
      ownTags: new Set<string>(),
      top: false,
    };
    // It may be listed under several names.
    const own = namesOf(child);
    for (const name of own) ownTags.add(name);
    for (const name of own.length > 0 ? own : inherited) tags.add(name);
    found.set(child.digest, { ...rest, descriptor, tags, ownTags, top: rest.top || top });
  };
  const walked = new Map<string, Promise<Walked>>();
  /** Walks an index once for each of the names that it gives to what is in it. */
  const walkOnce = async (index: ImageIndex, digest: Hash, names: readonly string[], depth: number) => {
    const key = JSON.stringify([digest, names]);
    const walking = walked.get(key) ?? walk(index, names, depth);
    walked.set(key, walking);
    return walking;
  };
  /** Gives the images below, and whether all is there. */
  const walk = async (within: ImageIndex, inherited: readonly string[], depth: number): Promise<Walked> => {
    if (depth > maxDepth) throw new LimitExceededError('nesting of indexes', maxDepth, 'maxDepth');
    const top = depth === 1;
    const images = new Set<Hash>();
    let complete = true;
    for (const child of (await within.indexManifest({ signal })).manifests) {
      const { digest, mediaType } = child;
      if (!isImage(mediaType) && !isIndex(mediaType)) continue;
      const whole = await exists(child, { signal });
      complete &&= whole;
      if (isImage(mediaType)) {
        if (!whole && !top) continue;
        images.add(digest);
        enter(child, inherited, {
          top,
          whole,
          isImage: true,
          below: [],
          open: async (options) => within.image(digest, options),
        });
      } else if (whole) {
        const names = namesOf(child);
        const open = async (options: AbortOptions): Promise<ImageIndex> => within.imageIndex(digest, options);
        enter(child, inherited, { top, whole, isImage: false, below: [], open });
        const nested = await walkOnce(
          await open({ signal }),
          digest,
          names.length > 0 ? names : inherited,
          depth + 1,
        );
        enter(child, inherited, { top, whole: nested.complete, isImage: false, below: nested.images, open });
        complete &&= nested.complete;
        for (const image of nested.images) images.add(image);
      }
    }
    return { images: [...images], complete };
  };
  await walk(root, [], 1);
  return Array.from(found, ([digest, { tags, ownTags, descriptor, ...rest }]) => ({
    ...rest,
    digest,
    descriptor,
    platform: descriptor.platform,
    tags: Object.freeze([...tags]),
    ownTags: Object.freeze([...ownTags]),
  }));
}

/** An entry that may still get more names. */
interface Entered extends Rest {
  readonly descriptor: Descriptor;
  readonly tags: Set<string>;
  readonly ownTags: Set<string>;
}

type Rest = Pick<IndexEntry, 'top' | 'whole' | 'isImage' | 'below' | 'open'>;

interface Walked {
  readonly images: readonly Hash[];
  readonly complete: boolean;
}

function namesOf({ annotations = {} }: Descriptor): readonly string[] {
  return ['io.containerd.image.name', 'org.opencontainers.image.ref.name'].flatMap((key) =>
    Object.hasOwn(annotations, key) ? [annotations[key] ?? ''] : [],
  );
}
