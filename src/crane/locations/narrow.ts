import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { appendManifests, filterManifests, type IndexAddendum } from '../../mutate/views/index-children.js';
import { withPlatforms } from '../../mutate/views/with-platforms.js';
import { tellsPlatform } from '../../partial/child-platform.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Platform } from '../../v1/platform.js';
import { platformSatisfies } from '../../v1/platform-match.js';
import { isIndex } from '../../v1/types.js';

export interface NarrowOptions extends AbortOptions {
  /** Keeps attestations of what is kept too. @default false */
  readonly attestations?: boolean | undefined;
}

export interface Narrowed {
  /** An index that tells its platforms, as a new one has to; what it keeps whole has its old bytes. */
  readonly kept: ImageIndex;
  /** All that there was to choose from, in indexes within the index too. */
  readonly there: readonly Descriptor[];
}

/** How deep indexes may nest, as where one image is chosen. */

/**
 * Leaves of an index what is for one of the platforms. An index within it that tells no platform is looked into, and
 * stands, if less of it is left, behind the other children.
 */
export async function narrow(
  index: ImageIndex,
  wanted: readonly Platform[],
  options: NarrowOptions,
): Promise<Narrowed> {
  const there: Descriptor[] = [];
  const kept = await level(index, { wanted, there, done: new Map() }, 1, options);
  return { kept, there };
}

/** What the levels share. */
interface Search {
  readonly wanted: readonly Platform[];
  readonly there: Descriptor[];
  /** What is left of each index that was looked into, wherever it is listed. */
  readonly done: Map<Hash, ImageIndex>;
}

async function level(
  index: ImageIndex,
  search: Search,
  depth: number,
  options: NarrowOptions,
): Promise<ImageIndex> {
  const { signal, attestations = false } = options;
  const told = withPlatforms(index);
  const { manifests } = await told.indexManifest({ signal });
  const isNested = (child: Descriptor): boolean => isIndex(child.mediaType) && !tellsPlatform(child);
  search.there.push(...manifests.filter((child) => !isNested(child)));

  const whole = new Set<Hash>();
  const parts: IndexAddendum[] = [];
  for (const { digest, annotations } of distinct(manifests.filter(isNested))) {
    signal?.throwIfAborted();
    if (depth >= MAX_INDEX_DEPTH) throw new LimitExceededError('nesting of indexes', MAX_INDEX_DEPTH);
    const rest =
      search.done.get(digest) ??
      (await level(await told.imageIndex(digest, { signal }), search, depth + 1, options));
    search.done.set(digest, rest);
    if ((await rest.indexManifest({ signal })).manifests.length === 0) continue;
    if ((await rest.digest({ signal })) === digest) whole.add(digest);
    else parts.push({ add: rest, descriptor: { annotations } });
  }

  const fits = ({ platform }: Descriptor): boolean =>
    platform !== undefined && search.wanted.some((one) => platformSatisfies(platform, one));
  const fitting = new Set(manifests.filter(fits).map(({ digest }) => digest));
  const stays = (child: Descriptor): boolean =>
    fits(child) || whole.has(child.digest) || (attestations && fitting.has(attested(child)));
  if (manifests.every(stays)) return told;
  return appendManifests(filterManifests(told, stays), parts);
}

function distinct(children: readonly Descriptor[]): Iterable<Descriptor> {
  return new Map(children.map((child) => [child.digest, child])).values();
}

const ATTESTED = 'vnd.docker.reference.digest';

/** The digest of what an attestation is about; empty for anything else. */
function attested({ annotations = {} }: Descriptor): Hash {
  return ((Object.hasOwn(annotations, ATTESTED) ? annotations[ATTESTED] : undefined) ?? '') as Hash;
}
