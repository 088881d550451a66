import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import { childPlatform, tellsPlatform } from '../../partial/child-platform.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { isIndex } from '../../v1/types.js';
import { bestFor, choosePlatform, exactFor } from '../connection/platform-choice.js';

/** How deep indexes may nest before an image. */
/** How many images without a platform in their descriptors are asked for their configs. */
const MOST_ASKED = 1000;
const JOBS = 4;

/**
 * The image of an index that runs on a platform, in indexes within it too.
 *
 * Descriptors decide where they tell platforms. If none of them fits exactly, those that tell none are looked into: the
 * configs of images, and the children of indexes. Only an image whose config tells no platform either counts as
 * linux/amd64.
 *
 * @throws {@link NotFoundError} that lists what there is.
 */
export async function chooseImage(
  index: ImageIndex,
  subject: string,
  wanted: Platform,
  options: AbortOptions = {},
): Promise<Image> {
  return choose(index, wanted, { subject, seen: new Set(), options: 0 }, 1, options);
}

/** What one choice shares between all levels. */
interface Search {
  readonly subject: string;
  /** Indexes that were looked into. */
  readonly seen: Set<Hash>;
  options: number;
}

/** A child that may be chosen, with the platform that it was found to be for. */
interface Candidate {
  readonly descriptor: Descriptor;
  readonly index: ImageIndex;
  readonly depth: number;
}

async function choose(
  index: ImageIndex,
  wanted: Platform,
  search: Search,
  depth: number,
  options: AbortOptions,
): Promise<Image> {
  const { manifests } = await index.indexManifest(options);
  const told = manifests.filter(tellsPlatform);
  const exact = exactFor(told, wanted);
  const candidates =
    exact === undefined
      ? await candidatesIn(index, search, depth, options)
      : [{ descriptor: exact, index, depth }];
  const descriptors = candidates.map(({ descriptor }) => descriptor);
  const chosen =
    bestFor(descriptors.filter(tellsPlatform), wanted) ?? choosePlatform(search.subject, descriptors, wanted);
  // It is one of them.
  const found = candidates.find(({ descriptor }) => descriptor === chosen);
  const within = found?.index ?? index;
  const { digest, mediaType } = chosen;
  if (!isIndex(mediaType)) return within.image(digest, options);
  const level = found?.depth ?? depth;
  checkDepth(level, search);
  return choose(await within.imageIndex(digest, options), wanted, search, level + 1, options);
}

/** The children of an index; in place of those indexes that tell no platform, what is in them. */
async function candidatesIn(
  index: ImageIndex,
  search: Search,
  depth: number,
  options: AbortOptions,
): Promise<readonly Candidate[]> {
  const { manifests } = await index.indexManifest(options);
  const distinct = new Map<string, Descriptor>();
  for (const child of manifests) {
    const key = `${child.digest} ${JSON.stringify(child.platform)}`;
    if (!distinct.has(key)) distinct.set(key, child);
  }
  const found = await mapLimit(
    distinct.values(),
    JOBS,
    async (child, { signal }): Promise<readonly Candidate[]> => {
      if (tellsPlatform(child)) return [{ descriptor: child, index, depth }];
      if (search.options >= MOST_ASKED) {
        throw new LimitExceededError(`${search.subject}: children without a platform`, MOST_ASKED);
      }
      search.options += 1;
      if (isIndex(child.mediaType)) {
        if (search.seen.has(child.digest)) return [];
        search.seen.add(child.digest);
        checkDepth(depth, search);
        return candidatesIn(await index.imageIndex(child.digest, { signal }), search, depth + 1, { signal });
      }
      const platform = await childPlatform(index, child, { signal });
      return [{ descriptor: { ...child, ...(platform !== undefined && { platform }) }, index, depth }];
    },
    options,
  );
  return found.flat();
}

function checkDepth(depth: number, { subject }: Search): void {
  if (depth >= MAX_INDEX_DEPTH)
    throw new LimitExceededError(`${subject}: nesting of indexes`, MAX_INDEX_DEPTH);
}
