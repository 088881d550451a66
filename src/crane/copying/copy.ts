import { NotFoundError } from '../../errors/service/not-found.js';
import { type Failure, PartialFailureError } from '../../errors/service/partial-failure.js';
import { TagExistsError } from '../../errors/service/tag-exists.js';
import { mapLimit } from '../../internal/async/limit.js';
import { printable } from '../../internal/printable.js';
import type { Repository } from '../../name/reference.js';
import { list } from '../../remote/list.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import { newPusher } from '../../remote/pusher.js';
import type { Hash } from '../../v1/hash.js';
import { copyDigestTags, exists, isReferrersTag } from './digest-tags.js';
import { copyReferrers, type ReferrersToCopy } from './referrers.js';
import { copyReference, type CopyRun } from './run.js';
import { copyBetween } from './between.js';
import type { CopyOptions } from './options.js';
import type { Place } from '../locations/location.js';
import { referenceOf, remoteOptions, repositoryOf } from '../locations/options.js';
import { referenceText } from '../locations/target.js';

export type { CopyOptions } from './options.js';

/**
 * Copies what a reference names, byte for byte: an image, an artifact, or an index with all that it lists; with
 * `platform`, of an index only the image for it. Blobs stream from registry to registry; those that the
 * target has are not sent, and those of the same registry are mounted.
 *
 * Copied from or to another place than a registry is the same; an archive for `docker load` and a daemon take one platform,
 * `platform` or linux/amd64. Referrers and digest tags are in registries only.
 *
 * @throws {@link TagExistsError} for an existing tag if `noClobber` is set.
 * @throws {@link PartialFailureError} if what was named is copied, but not all of its referrers or digest tags.
 */
export async function copy(source: Place, target: Place, options: CopyOptions = {}): Promise<void> {
  const [named, wanted] = [referenceText(source), referenceText(target)];
  if (named === undefined || wanted === undefined) {
    await copyBetween(source, target, options);
    return;
  }
  const from = referenceOf(named, options);
  const to = referenceOf(wanted, options);
  const run = startCopy(from.context(), to.context(), options);
  if (options.noClobber === true && to.kind === 'tag' && (await exists(to, run.shared))) {
    throw new TagExistsError(to.name());
  }
  const copied = await copyReference(run, from, to);
  if (!takesMore(run, options)) return;
  const { failures, total } = await copyCompanions(run, await copied(), options);
  if (failures.length > 0) {
    throw new PartialFailureError(`copy what belongs to ${from.name()}`, failures, total);
  }
}

/**
 * Copies every tag of a repository. With `noClobber`, tags that the target has are left out. With `referrers`, so are
 * fallback tags: the target's list what it gets.
 *
 * @throws {@link PartialFailureError} if tags or referrers failed; the others were copied.
 */
export async function copyRepository(
  source: string,
  target: string,
  options: CopyOptions = {},
): Promise<void> {
  const from = repositoryOf(source, options);
  const to = repositoryOf(target, options);
  const run = startCopy(from, to, options);
  const { shared, jobs, signal } = run;
  const more = takesMore(run, options);
  const kept = new Set(options.noClobber === true ? await tagsIfAny(to, shared) : []);
  const tags = (await list(from, shared)).filter(
    (tag) => !kept.has(tag) && !(referrersOf(options) !== undefined && isReferrersTag(tag)),
  );
  const failures: Failure[] = [];
  const digests = await mapLimit(
    tags,
    jobs,
    async (tag) => {
      try {
        const copied = await copyReference(run, from.tag(tag), to.tag(tag));
        return more ? await copied() : [];
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ subject: `${from.name()}:${printable(tag)}`, error });
        return [];
      }
    },
    { signal },
  );
  // Digest tags are tags: they have been copied.
  const others = more
    ? await copyCompanions(run, digests.flat(), { ...options, digestTags: false })
    : nothing;
  const all = [...failures, ...others.failures];
  if (all.length > 0) throw new PartialFailureError(`copy ${from.name()}`, all, tags.length + others.total);
}

interface Companions {
  readonly failures: readonly Failure[];
  readonly total: number;
}

const nothing: Companions = { failures: [], total: 0 };

/** Copies the referrers and digest tags of manifests that were copied. */
async function copyCompanions(
  run: CopyRun,
  digests: readonly Hash[],
  options: CopyOptions,
): Promise<Companions> {
  const wanted = referrersOf(options);
  const referrers = wanted && (await copyReferrers(run, digests, wanted));
  if (options.digestTags !== true) return referrers ?? nothing;
  const known = new Set([...digests, ...(referrers?.digests ?? [])]);
  const tagged = await copyDigestTags(run, known, options.noClobber === true);
  const last = wanted && (await copyReferrers(run, tagged.digests, wanted));
  const parts = [referrers ?? nothing, tagged, last ?? nothing];
  return {
    failures: parts.flatMap(({ failures }) => failures),
    total: parts.reduce((sum, { total }) => sum + total, 0),
  };
}

function referrersOf({ referrers = false }: CopyOptions): ReferrersToCopy | undefined {
  if (typeof referrers === 'object') return referrers;
  return referrers ? {} : undefined;
}

/** Within one repository they are there already. */
function takesMore({ from, to }: CopyRun, options: CopyOptions): boolean {
  const asked = referrersOf(options) !== undefined || options.digestTags === true;
  return asked && from.name() !== to.name();
}

function startCopy(from: Repository, to: Repository, options: CopyOptions): CopyRun {
  const { platform, pageSize, filter, signal, ...rest } = remoteOptions(options);
  const shared: RemoteOptions = { reuse: newPusher(rest), platform, pageSize, filter, signal };
  return { from, to, shared, jobs: options.jobs ?? 4, whole: options.platform === undefined, signal };
}

async function tagsIfAny(repository: Repository, options: RemoteOptions): Promise<readonly string[]> {
  try {
    return await list(repository, options);
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
