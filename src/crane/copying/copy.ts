import { NotFoundError } from '../../errors/service/not-found.js';
import { type Failure, PartialFailureError } from '../../errors/service/partial-failure.js';
import { TagExistsError } from '../../errors/service/tag-exists.js';
import { assertOptions } from '../../internal/arguments.js';
import { mapLimit } from '../../internal/async/limit.js';
import { printable } from '../../internal/printable.js';
import type { Repository } from '../../name/reference.js';
import { list } from '../../remote/list.js';
import { connect } from '../../remote/connection/connection.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import { newPusher } from '../../remote/pusher.js';
import type { Hash } from '../../v1/hash.js';
import { copyDigestTags, exists, isReferrersTag } from './digest-tags.js';
import { copyReferrers, type ReferrersToCopy } from './referrers.js';
import { copyReference, type CopyRun } from './run.js';
import { copyBetween } from './between.js';
import type { CopyOptions } from './options.js';
import { authOfSides } from './side-auth.js';
import type { Pushed } from '../locations/pushed.js';
import { assertLocation, type ImageLocation } from '../names/location.js';
import { referenceOf, remoteOptions, repositoryOf } from '../names/options.js';
import { registryReference } from '../names/target.js';

export type { CopyOptions } from './options.js';

/**
 * Copies an image, an artifact, or an index with everything that it lists, byte for byte. If the source is an index and
 * `platform` is set, only the image for that platform is copied. Blobs stream from registry to registry. Blobs that the
 * target has are not sent, and blobs within one registry are mounted.
 *
 * The source or the target may also be outside of a registry. An archive for `docker load` and a daemon take only one image
 * of an index, that for `platform` or for linux/amd64. Referrers and digest tags are copied only between registries.
 *
 * The credentials of one registry are never sent to the other one: give `auth` by host, or `sourceAuth` and `targetAuth`.
 *
 * @throws TypeError if `auth` has the credentials of one registry, and the copy is between two.
 * @throws TagExistsError if `noClobber` is set and the tag exists.
 * @throws PartialFailureError if the content was copied, but some of its referrers or digest tags failed.
 */
export async function copy(
  source: ImageLocation,
  target: ImageLocation,
  options: CopyOptions = {},
): Promise<Pushed> {
  assertLocation(source, 'source');
  assertLocation(target, 'target');
  assertOptions(options);
  const [fromText, toText] = [registryReference(source), registryReference(target)];
  if (fromText === undefined || toText === undefined) return copyBetween(source, target, options);
  const from = referenceOf(fromText, options);
  const to = referenceOf(toText, options);
  const run = startCopy(from.context(), to.context(), options);
  if (options.noClobber === true && to.kind === 'tag' && (await exists(to, run.shared))) {
    throw new TagExistsError(to.name());
  }
  const copied = await copyReference(run, from, to);
  if (!copiesCompanions(run, options)) return copied.pushed;
  const { failures, total } = await copyCompanions(run, await copied.digests(), options);
  if (failures.length > 0) {
    throw new PartialFailureError(`copy what belongs to ${from.name()}`, failures, total);
  }
  return copied.pushed;
}

/**
 * Copies every tag of a repository. With `noClobber`, tags that exist in the target are skipped. With `referrers`, the
 * fallback tags of referrers are skipped, too: the target writes its own when referrers are pushed to it.
 *
 * @returns what was copied under a tag, in the order of the source's tags.
 * @throws PartialFailureError if some tags or referrers failed; all others were copied.
 */
export async function copyRepository(
  source: string,
  target: string,
  options: CopyOptions = {},
): Promise<readonly Pushed[]> {
  const from = repositoryOf(source, options);
  const to = repositoryOf(target, options);
  const run = startCopy(from, to, options);
  const { shared, jobs, signal } = run;
  const withCompanions = copiesCompanions(run, options);
  const existingTags = new Set(options.noClobber === true ? await tagsIfAny(to, shared) : []);
  const tags = (await list(from, shared)).filter(
    (tag) => !existingTags.has(tag) && !(referrersOf(options) !== undefined && isReferrersTag(tag)),
  );
  const failures: Failure[] = [];
  const copied = await mapLimit(
    tags,
    jobs,
    async (tag) => {
      try {
        const one = await copyReference(run, from.tag(tag), to.tag(tag));
        return { pushed: one.pushed, digests: withCompanions ? await one.digests() : [] };
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ subject: `${from.name()}:${printable(tag)}`, error });
        return undefined;
      }
    },
    { signal },
  );
  const digests = copied.flatMap((one) => one?.digests ?? []);
  // Digest tags are tags, so the loop above has copied them.
  const companions = withCompanions
    ? await copyCompanions(run, digests, { ...options, digestTags: false })
    : noCompanions;
  const allFailures = [...failures, ...companions.failures];
  if (allFailures.length > 0)
    throw new PartialFailureError(`copy ${from.name()}`, allFailures, tags.length + companions.total);
  return copied.flatMap((one) => one?.pushed ?? []);
}

interface Companions {
  readonly failures: readonly Failure[];
  readonly total: number;
}

const noCompanions: Companions = { failures: [], total: 0 };

/** Copies the referrers and digest tags of manifests that were copied. */
async function copyCompanions(
  run: CopyRun,
  digests: readonly Hash[],
  options: CopyOptions,
): Promise<Companions> {
  const referrerOptions = referrersOf(options);
  const referrers = referrerOptions && (await copyReferrers(run, digests, referrerOptions));
  if (options.digestTags !== true) return referrers ?? noCompanions;
  const known = new Set([...digests, ...(referrers?.digests ?? [])]);
  const tagged = await copyDigestTags(run, known, options.noClobber === true);
  const referrersOfTags = referrerOptions && (await copyReferrers(run, tagged.digests, referrerOptions));
  const parts = [referrers ?? noCompanions, tagged, referrersOfTags ?? noCompanions];
  return {
    failures: parts.flatMap(({ failures }) => failures),
    total: parts.reduce((sum, { total }) => sum + total, 0),
  };
}

function referrersOf({ referrers = false }: CopyOptions): ReferrersToCopy | undefined {
  if (typeof referrers === 'object') return referrers;
  return referrers ? {} : undefined;
}

/** Whether referrers or digest tags are copied. Within one repository they exist already. */
function copiesCompanions({ from, to }: CopyRun, options: CopyOptions): boolean {
  const isWanted = referrersOf(options) !== undefined || options.digestTags === true;
  return isWanted && from.name() !== to.name();
}

function startCopy(from: Repository, to: Repository, options: CopyOptions): CopyRun {
  const { sourceAuth: _source, targetAuth: _target, ...others } = options;
  const { platform, pageSize, filter, signal, ...rest } = remoteOptions({
    ...others,
    auth: authOfSides(from, to, options),
  });
  const shared: RemoteOptions = { reuse: newPusher(rest), platform, pageSize, filter, signal };
  connect(shared).reserve([from.registry, to.registry]);
  return { from, to, shared, jobs: options.jobs ?? 4, allPlatforms: options.platform === undefined, signal };
}

async function tagsIfAny(repository: Repository, options: RemoteOptions): Promise<readonly string[]> {
  try {
    return await list(repository, options);
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
