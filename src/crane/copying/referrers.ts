import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import type { Failure } from '../../errors/service/partial-failure.js';
import { mapLimit } from '../../internal/async/limit.js';
import type { Repository } from '../../name/reference.js';
import { get } from '../../remote/get.js';
import { subjectOf } from '../../remote/push/link-subject.js';
import { push } from '../../remote/push.js';
import { referrers } from '../../remote/referrers.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type CopyRun, copiedDigests } from './run.js';

/** Which referrers to copy. */
export interface ReferrersToCopy {
  /**
   * Artifact types to copy, such as `application/spdx+json`. Referrers of a referrer with another type are not looked up.
   *
   * @default all
   */
  readonly artifactTypes?: readonly string[] | undefined;
  /** Cap on the length of a chain of referrers to referrers. @default 16 */
  readonly maxDepth?: number | undefined;
  /** Cap on the number of referrers. @default 10 000 */
  readonly maxCount?: number | undefined;
}

/** The result of copying referrers. */
export interface CopiedReferrers {
  /** Digests of the copied referrers and, if one is an index, of all manifests below it. */
  readonly digests: readonly Hash[];
  readonly failures: readonly Failure[];
  /** Number of referrers that were found, or of failures if that is higher. */
  readonly total: number;
  /** Number of referrers that were copied, or would be. */
  readonly copied: number;
}

/** How often the same referrers are copied. */
export interface Repetition {
  /** Copies only the referrers that the target does not list for the same subject. @default false */
  readonly skipListed?: boolean | undefined;
  /** Only counts the referrers that would be copied. @default false */
  readonly dryRun?: boolean | undefined;
}

interface Referrer {
  readonly subject: Hash;
  readonly digest: Hash;
  /** Whether the target lists it already. */
  readonly exists: boolean;
}

/**
 * Copies the referrers of manifests that were copied, and the referrers of these, level by level: a referrer is pushed after
 * its subject, and each only once. A failure is listed in the result and prevents only the copy of the referrers of the
 * manifest that failed.
 */
export async function copyReferrers(
  run: CopyRun,
  subjects: Iterable<Hash>,
  { artifactTypes, maxDepth = 16, maxCount = 10_000 }: ReferrersToCopy,
  { skipListed = false, dryRun = false }: Repetition = {},
): Promise<CopiedReferrers> {
  const { from, to, shared, jobs, signal } = run;
  const failures: Failure[] = [];
  const digests: Hash[] = [];
  let copied = 0;
  /** Subjects whose referrers were listed. */
  const listed = new Set<Hash>();
  const seenReferrers = new Set<Hash>();
  const attempt = async <T>(subject: string, task: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      signal?.throwIfAborted();
      failures.push({ subject, error });
      return otherwise;
    }
  };
  const referrersTo = async (subject: Hash): Promise<readonly Referrer[]> => {
    const found = await listReferrers(run, from, subject, artifactTypes);
    const known = skipListed && found.length > 0 ? await listReferrers(run, to, subject, artifactTypes) : [];
    const existing = new Set(known.map(({ digest }) => digest));
    return found.map(({ digest }) => ({ subject, digest, exists: existing.has(digest) }));
  };
  const copyReferrer = async ({ subject, digest, exists }: Referrer): Promise<readonly Hash[]> => {
    if (exists) return [digest];
    copied += 1;
    if (dryRun) return [digest];
    const found = await get(from.digest(digest), { ...shared, signal });
    if (subjectOf({ mediaType: found.mediaType, bytes: found.manifest }) !== subject)
      throw new ManifestInvalidError(`it is listed as a referrer of ${subject}, but does not refer to it`);
    await push(to.digest(digest), found, { ...shared, signal });
    return copiedDigests(found, { signal });
  };

  let level = [...subjects];
  for (let depth = 0; level.length > 0; depth += 1) {
    const wanted = [...new Set(level)].filter((digest) => !listed.has(digest));
    for (const digest of wanted) listed.add(digest);
    const lists = await mapLimit(
      wanted,
      jobs,
      async (subject) =>
        attempt(`referrers of ${from.digest(subject).name()}`, async () => referrersTo(subject), []),
      { signal },
    );
    const newReferrers = new Map<Hash, Referrer>();
    for (const referrer of lists.flat()) {
      if (!seenReferrers.has(referrer.digest)) newReferrers.set(referrer.digest, referrer);
    }
    const excess = exceededLimit(depth, seenReferrers.size + newReferrers.size, { maxDepth, maxCount });
    if (newReferrers.size > 0 && excess !== undefined) {
      failures.push({ subject: `referrers in ${from.name()}`, error: excess });
      break;
    }
    for (const digest of newReferrers.keys()) seenReferrers.add(digest);
    const next = await mapLimit(
      newReferrers.values(),
      jobs,
      async (referrer) =>
        attempt(from.digest(referrer.digest).name(), async () => copyReferrer(referrer), []),
      { signal },
    );
    level = next.flat();
    digests.push(...level);
  }
  return { digests, failures, total: Math.max(seenReferrers.size, failures.length), copied };
}

async function listReferrers(
  { shared, signal }: CopyRun,
  repository: Repository,
  subject: Hash,
  artifactTypes: readonly string[] | undefined,
): Promise<readonly Descriptor[]> {
  const [only, ...others] = artifactTypes ?? [];
  // A registry can filter by only one type.
  const filter = others.length === 0 && only !== undefined ? { artifactType: only } : {};
  const index = await referrers(repository.digest(subject), { ...shared, filter, signal });
  const { manifests } = await index.indexManifest({ signal });
  if (artifactTypes === undefined) return manifests;
  return manifests.filter(({ artifactType = '' }) => artifactTypes.includes(artifactType));
}

function exceededLimit(
  depth: number,
  count: number,
  { maxDepth, maxCount }: { readonly maxDepth: number; readonly maxCount: number },
): LimitExceededError | undefined {
  if (depth >= maxDepth) return new LimitExceededError('chain of referrers', maxDepth, 'maxDepth');
  return count > maxCount ? new LimitExceededError('number of referrers', maxCount, 'maxCount') : undefined;
}
