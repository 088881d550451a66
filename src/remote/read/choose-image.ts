import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import { childPlatform, hasPlatform } from '../../partial/child-platform.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { isIndex } from '../../v1/types.js';
import { bestFor, choosePlatform, exactFor } from '../connection/platform-choice.js';

/** The maximum number of children whose configs or manifests are read because their descriptors have no platform. */
const MAX_INSPECTED = 1000;
/** How many of them are read at the same time. */
const JOBS = 4;

/**
 * The image in an index that runs on a platform. Nested indexes are searched, too.
 *
 * The platforms in the descriptors decide. If none of them matches exactly, the children whose descriptors have no
 * platform are inspected: the configs of images, and the children of indexes. An image whose config has no platform
 * either counts as linux/amd64.
 *
 * @throws NotFoundError if no image runs on the platform. The hint lists the platforms of the index.
 */
export async function chooseImage(
  index: ImageIndex,
  subject: string,
  wanted: Platform,
  options: AbortOptions = {},
): Promise<Image> {
  return choose(index, wanted, { subject, seen: new Set(), inspected: 0 }, 1, options);
}

/** What all levels of one search share. */
interface Search {
  readonly subject: string;
  /** The indexes that were searched. */
  readonly seen: Set<Hash>;
  /** How many children without a platform were inspected. */
  inspected: number;
}

/** A child that may be chosen. */
interface Candidate {
  /** The descriptor of the child, completed by the platform in its config. */
  readonly descriptor: Descriptor;
  /** The index that lists the child. */
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
  const exact = exactFor(manifests.filter(hasPlatform), wanted);
  const candidates =
    exact === undefined
      ? await candidatesIn(index, search, depth, options)
      : [{ descriptor: exact, index, depth }];
  const descriptors = candidates.map(({ descriptor }) => descriptor);
  const chosen =
    bestFor(descriptors.filter(hasPlatform), wanted) ?? choosePlatform(search.subject, descriptors, wanted);
  const found = candidates.find(({ descriptor }) => descriptor === chosen);
  const parent = found?.index ?? index;
  const { digest, mediaType } = chosen;
  if (!isIndex(mediaType)) return parent.image(digest, options);
  const level = found?.depth ?? depth;
  checkDepth(level, search);
  return choose(await parent.imageIndex(digest, options), wanted, search, level + 1, options);
}

/** The children of an index. A nested index without a platform is replaced by its own children. */
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
      if (hasPlatform(child)) return [{ descriptor: child, index, depth }];
      if (search.inspected >= MAX_INSPECTED) {
        throw new LimitExceededError(`${search.subject}: children without a platform`, MAX_INSPECTED);
      }
      search.inspected += 1;
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
