import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { appendManifests, filterManifests, type IndexAddendum } from '../../mutate/views/index-children.js';
import { withPlatforms } from '../../mutate/views/with-platforms.js';
import { hasPlatform } from '../../partial/child-platform.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Platform } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';
import { isIndex } from '../../v1/types.js';

export interface NarrowOptions extends AbortOptions {
  /** Also keeps the attestations of the images that are kept. @default false */
  readonly attestations?: boolean | undefined;
}

export interface Narrowed {
  /** An index in which every child has a platform. A nested index of which nothing was removed keeps its bytes. */
  readonly index: ImageIndex;
  /** All children that could be chosen, including those of nested indexes. */
  readonly candidates: readonly Descriptor[];
}

/**
 * Removes from an index all children that are not for one of the platforms. A nested index whose descriptor has no platform
 * is narrowed, too. If it becomes smaller, it is listed after the other children.
 */
export async function narrow(
  index: ImageIndex,
  wanted: readonly Platform[],
  options: NarrowOptions,
): Promise<Narrowed> {
  const candidates: Descriptor[] = [];
  const narrowed = await narrowLevel(index, { wanted, candidates, narrowed: new Map() }, 1, options);
  return { index: narrowed, candidates };
}

/** State that all levels of the search share. */
interface Search {
  readonly wanted: readonly Platform[];
  readonly candidates: Descriptor[];
  /** The narrowed form of each nested index, which may be listed in several places. */
  readonly narrowed: Map<Hash, ImageIndex>;
}

async function narrowLevel(
  index: ImageIndex,
  search: Search,
  depth: number,
  options: NarrowOptions,
): Promise<ImageIndex> {
  const { signal, attestations = false } = options;
  const withKnownPlatforms = withPlatforms(index);
  const { manifests } = await withKnownPlatforms.indexManifest({ signal });
  const isNested = (child: Descriptor): boolean => isIndex(child.mediaType) && !hasPlatform(child);
  search.candidates.push(...manifests.filter((child) => !isNested(child)));

  const unchanged = new Set<Hash>();
  const reduced: IndexAddendum[] = [];
  for (const { digest, annotations } of distinct(manifests.filter(isNested))) {
    signal?.throwIfAborted();
    if (depth >= MAX_INDEX_DEPTH) throw new LimitExceededError('nesting of indexes', MAX_INDEX_DEPTH);
    const rest =
      search.narrowed.get(digest) ??
      (await narrowLevel(
        await withKnownPlatforms.imageIndex(digest, { signal }),
        search,
        depth + 1,
        options,
      ));
    search.narrowed.set(digest, rest);
    if ((await rest.indexManifest({ signal })).manifests.length === 0) continue;
    if ((await rest.digest({ signal })) === digest) unchanged.add(digest);
    else reduced.push({ add: rest, descriptor: { annotations } });
  }

  const isWanted = ({ platform }: Descriptor): boolean =>
    platform !== undefined && search.wanted.some((one) => platformSatisfies(platform, one));
  const wantedDigests = new Set(manifests.filter(isWanted).map(({ digest }) => digest));
  const isKept = (child: Descriptor): boolean =>
    isWanted(child) ||
    unchanged.has(child.digest) ||
    (attestations && wantedDigests.has(attestedDigest(child)));
  if (manifests.every(isKept)) return withKnownPlatforms;
  return appendManifests(filterManifests(withKnownPlatforms, isKept), reduced);
}

function distinct(children: readonly Descriptor[]): Iterable<Descriptor> {
  return new Map(children.map((child) => [child.digest, child])).values();
}

const ATTESTED_DIGEST = 'vnd.docker.reference.digest';

/** The digest of the image that an attestation describes; empty for any other child. */
function attestedDigest({ annotations = {} }: Descriptor): Hash {
  return ((Object.hasOwn(annotations, ATTESTED_DIGEST) ? annotations[ATTESTED_DIGEST] : undefined) ??
    '') as Hash;
}
