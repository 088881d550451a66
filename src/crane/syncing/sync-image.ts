import { NotFoundError } from '../../errors/service/not-found.js';
import { type Failure, PartialFailureError } from '../../errors/service/partial-failure.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import type { Reference, Repository } from '../../name/reference.js';
import { get } from '../../remote/get.js';
import { head } from '../../remote/head.js';
import { list } from '../../remote/list.js';
import { push } from '../../remote/push.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import type { Taggable } from '../../remote/push/taggable.js';
import type { Hash } from '../../v1/hash.js';
import { isIndex } from '../../v1/types.js';
import { digestTagsOf } from '../copying/digest-tags.js';
import { copyReferrers, type ReferrersToCopy } from '../copying/referrers.js';
import { copiedDigests, digestsBelow } from '../copying/run.js';
import { filterForPlatforms } from '../locations/platforms.js';
import type { ImageToSync, SyncEntry } from './plan.js';
import type { SyncedImage } from './synced-image.js';

/** What all images of one run share. */
export interface SyncRun extends AbortOptions {
  /** All requests share one ping and one token for each registry, and one upload of each blob. */
  readonly shared: RemoteOptions;
  readonly jobs: number;
  readonly dryRun: boolean;
  readonly report: (image: SyncedImage) => void;
  /** The tags of each repository that were listed for its digest tags. */
  readonly tags: Map<string, Promise<readonly string[]>>;
}

/** The content that every target should have. It is fetched when a target needs it. */
interface Content {
  readonly digest: Hash;
  readonly taggable: () => Promise<Taggable>;
  /** The digests of the manifest and of all manifests below it. */
  readonly digests: () => Promise<readonly Hash[]>;
}

/** Brings one image into its targets, one after the other, and reports each. */
export async function syncImage({ entry, source, targets }: ImageToSync, run: SyncRun): Promise<void> {
  const { report, signal } = run;
  const content = lazy(async () => contentOf(source, entry, run));
  for (const target of targets) {
    const facts = { source: source.name(), target: target.name() };
    try {
      report({
        ...facts,
        ...(await syncTo(target, source.context(), await content({ signal }), entry, run)),
      });
    } catch (error) {
      signal?.throwIfAborted();
      report({ ...facts, state: 'failed', digest: undefined, companions: 0, error });
    }
  }
}

async function contentOf(source: Reference, { platforms }: SyncEntry, run: SyncRun): Promise<Content> {
  const { shared, signal } = run;
  if (platforms === undefined) {
    const { digest } = await head(source, shared);
    // The tag may move before the content is fetched, but its digest does not.
    const found = lazy(async ({ signal }) => get(source.context().digest(digest), { ...shared, signal }));
    return {
      digest,
      taggable: async () => found({ signal }),
      digests: async () => copiedDigests(await found({ signal }), { signal }),
    };
  }
  const found = await get(source, shared);
  if (!isIndex(found.mediaType))
    return { digest: found.digest, taggable: async () => found, digests: async () => [found.digest] };
  const all = await found.imageIndex({ signal });
  const index = await filterForPlatforms(all, source.name(), platforms, { signal, attestations: true });
  const digest = await index.digest({ signal });
  return {
    digest,
    taggable: async () => index,
    digests: async () => [digest, ...(await digestsBelow(index, [digest], { signal }))],
  };
}

type TargetState = Pick<SyncedImage, 'state' | 'digest' | 'companions' | 'error'>;

async function syncTo(
  target: Reference,
  from: Repository,
  content: Content,
  entry: SyncEntry,
  run: SyncRun,
): Promise<TargetState> {
  const copied = await copyIfMissing(target, content, run);
  const companions = await syncCompanions(from, target.context(), content, entry, run);
  const state = !copied && companions === 0 ? 'existing' : run.dryRun ? 'planned' : 'copied';
  return { state, digest: content.digest, companions, error: undefined };
}

/** Copies the content, unless the target has it. Returns whether it did, or would have. */
async function copyIfMissing(
  target: Reference,
  { digest, taggable }: Content,
  run: SyncRun,
): Promise<boolean> {
  const { shared, dryRun } = run;
  if ((await currentDigest(target, shared)) === digest) return false;
  if (!dryRun) await push(target, await taggable(), shared);
  return true;
}

async function currentDigest(target: Reference, shared: RemoteOptions): Promise<Hash | undefined> {
  try {
    return (await head(target, shared)).digest;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * Copies the referrers and the digest tags that the target lacks, and returns their number.
 *
 * @throws PartialFailureError if some of them failed.
 */
async function syncCompanions(
  from: Repository,
  to: Repository,
  content: Content,
  { referrers = false, digestTags = false }: SyncEntry,
  run: SyncRun,
): Promise<number> {
  const { shared, jobs, signal, dryRun } = run;
  if ((referrers === false && !digestTags) || from.name() === to.name()) return 0;
  const wanted: ReferrersToCopy | undefined =
    typeof referrers === 'object' ? referrers : referrers ? {} : undefined;
  const copyRun = { from, to, shared, jobs, allPlatforms: true, signal };
  const repetition = { skipListed: true, dryRun };
  const digests = await content.digests();
  const found = wanted && (await copyReferrers(copyRun, digests, wanted, repetition));
  const failures: Failure[] = [...(found?.failures ?? [])];
  let { copied = 0, total = 0 } = found ?? {};
  if (digestTags) {
    const tags = digestTagsOf(await tagsOf(from, run), new Set([...digests, ...(found?.digests ?? [])]));
    total += tags.length;
    for (const tag of tags) {
      try {
        const tagged = await contentOf(from.tag(tag), { source: '', targets: [] }, run);
        if (await copyIfMissing(to.tag(tag), tagged, run)) copied += 1;
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ subject: from.tag(tag).name(), error });
      }
    }
  }
  if (failures.length > 0) {
    throw new PartialFailureError(
      `copy what belongs to ${from.digest(content.digest).name()}`,
      failures,
      total,
    );
  }
  return copied;
}

/** The tags of a repository, listed once in a run. */
async function tagsOf(repository: Repository, { tags, shared }: SyncRun): Promise<readonly string[]> {
  const name = repository.name();
  const known = tags.get(name) ?? list(repository, shared);
  tags.set(name, known);
  return known;
}
