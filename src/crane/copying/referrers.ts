import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import type { Failure } from '../../errors/service/partial-failure.js';
import { mapLimit } from '../../internal/async/limit.js';
import { get } from '../../remote/get.js';
import { subjectOf } from '../../remote/push/link-subject.js';
import { push } from '../../remote/push.js';
import { referrers } from '../../remote/referrers.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type CopyRun, copied } from './run.js';

/** Which referrers to take along. */
export interface ReferrersToCopy {
  /** Artifact types, such as `application/spdx+json`; what refers to others is not looked at. @default all */
  readonly artifactTypes?: readonly string[] | undefined;
  /** How long a chain of referrers to referrers may be. @default 16 */
  readonly maxDepth?: number | undefined;
  /** How many referrers are taken along. @default 10 000 */
  readonly maxCount?: number | undefined;
}

/** What became of the referrers. */
export interface CopiedReferrers {
  /** Those that were copied, with what they consist of. */
  readonly digests: readonly Hash[];
  readonly failures: readonly Failure[];
  /** How many there were. */
  readonly total: number;
}

interface Referrer {
  readonly subject: Hash;
  readonly digest: Hash;
}

/**
 * Copies what refers to manifests that were copied, and what refers to that, level by level, each once: a referrer
 * comes after its subject. What fails is told in the result and stops nothing but what refers to it.
 */
export async function copyReferrers(
  run: CopyRun,
  subjects: Iterable<Hash>,
  { artifactTypes, maxDepth = 16, maxCount = 10_000 }: ReferrersToCopy,
): Promise<CopiedReferrers> {
  const { from, to, shared, jobs, signal } = run;
  const failures: Failure[] = [];
  const digests: Hash[] = [];
  const options = new Set<Hash>();
  const taken = new Set<Hash>();
  const attempt = async <T>(subject: string, task: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      signal?.throwIfAborted();
      failures.push({ subject, error });
      return otherwise;
    }
  };
  const listed = async (subject: Hash): Promise<readonly Referrer[]> => {
    const found = await listReferrers(run, subject, artifactTypes);
    return found.map(({ digest }) => ({ subject, digest }));
  };
  const take = async ({ subject, digest }: Referrer): Promise<readonly Hash[]> => {
    const found = await get(from.digest(digest), { ...shared, signal });
    if (subjectOf({ mediaType: found.mediaType, bytes: found.manifest }) !== subject)
      throw new ManifestInvalidError(`it is listed as a referrer of ${subject}, but does not refer to it`);
    await push(to.digest(digest), found, { ...shared, signal });
    return copied(found, { signal });
  };

  let level = [...subjects];
  for (let depth = 0; level.length > 0; depth += 1) {
    const wanted = [...new Set(level)].filter((digest) => !options.has(digest));
    for (const digest of wanted) options.add(digest);
    const lists = await mapLimit(
      wanted,
      jobs,
      async (subject) =>
        attempt(`referrers of ${from.digest(subject).name()}`, async () => listed(subject), []),
      { signal },
    );
    const fresh = new Map<Hash, Referrer>();
    for (const referrer of lists.flat()) {
      if (!taken.has(referrer.digest)) fresh.set(referrer.digest, referrer);
    }
    const excess = tooMuch(depth, taken.size + fresh.size, { maxDepth, maxCount });
    if (fresh.size > 0 && excess !== undefined) {
      failures.push({ subject: `referrers in ${from.name()}`, error: excess });
      break;
    }
    for (const digest of fresh.keys()) taken.add(digest);
    const next = await mapLimit(
      fresh.values(),
      jobs,
      async (referrer) => attempt(from.digest(referrer.digest).name(), async () => take(referrer), []),
      { signal },
    );
    level = next.flat();
    digests.push(...level);
  }
  return { digests, failures, total: Math.max(taken.size, failures.length) };
}

async function listReferrers(
  { from, shared, signal }: CopyRun,
  subject: Hash,
  artifactTypes: readonly string[] | undefined,
): Promise<readonly Descriptor[]> {
  const [only, ...others] = artifactTypes ?? [];
  // A registry can filter by one type.
  const filter = others.length === 0 && only !== undefined ? { artifactType: only } : {};
  const index = await referrers(from.digest(subject), { ...shared, filter, signal });
  const { manifests } = await index.indexManifest({ signal });
  if (artifactTypes === undefined) return manifests;
  return manifests.filter(({ artifactType = '' }) => artifactTypes.includes(artifactType));
}

function tooMuch(
  depth: number,
  count: number,
  { maxDepth, maxCount }: { readonly maxDepth: number; readonly maxCount: number },
): LimitExceededError | undefined {
  if (depth >= maxDepth) return new LimitExceededError('chain of referrers', maxDepth, 'maxDepth');
  return count > maxCount ? new LimitExceededError('number of referrers', maxCount, 'maxCount') : undefined;
}
