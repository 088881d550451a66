import { NotFoundError } from '../../errors/service/not-found.js';
import type { Failure } from '../../errors/service/partial-failure.js';
import { mapLimit } from '../../internal/async/limit.js';
import { head } from '../../remote/head.js';
import { tags as tagsOf } from '../../remote/list.js';
import type { Reference } from '../../name/reference.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import type { Hash } from '../../v1/hash.js';
import { copyReference, type CopyRun } from './run.js';

/** The result of copying digest tags. */
export interface CopiedDigestTags {
  readonly digests: readonly Hash[];
  readonly failures: readonly Failure[];
  /** Number of digest tags that were found. */
  readonly total: number;
}

/** The tags that are named after one of the digests. */
export function digestTagsOf(tags: readonly string[], digests: ReadonlySet<string>): readonly string[] {
  return tags.filter((tag) => isDigestTag(tag, digests));
}

function isDigestTag(tag: string, digests: ReadonlySet<string>): boolean {
  const [, algorithm = '', hex = ''] = /^(sha256|sha512)-([0-9a-f]+)\./.exec(tag) ?? [];
  return digests.has(`${algorithm}:${hex}`);
}

/** Whether a tag is a fallback tag of the distribution specification: it lists referrers in a registry without their API. */
export function isReferrersTag(tag: string): boolean {
  return /^(?:sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})$/.test(tag);
}

/**
 * Copies the tags that are named after the digests of manifests, such as cosign's `sha256-....sig` and `.att`. One pass over
 * the list of tags finds them, and only these tags are kept in memory.
 *
 * @param skipExisting - skips tags that exist in the target.
 */
export async function copyDigestTags(
  run: CopyRun,
  digests: ReadonlySet<string>,
  skipExisting: boolean,
): Promise<CopiedDigestTags> {
  const { from, to, shared, jobs, signal } = run;
  const tags: string[] = [];
  for await (const tag of tagsOf(from, shared)) {
    if (isDigestTag(tag, digests)) tags.push(tag);
  }
  const failures: Failure[] = [];
  const found = await mapLimit(
    tags,
    jobs,
    async (tag) => {
      try {
        if (skipExisting && (await exists(to.tag(tag), shared))) return [];
        const copied = await copyReference({ ...run, allPlatforms: true }, from.tag(tag), to.tag(tag));
        return await copied.digests();
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ subject: from.tag(tag).name(), error });
        return [];
      }
    },
    { signal },
  );
  return { digests: found.flat(), failures, total: tags.length };
}

export async function exists(reference: Reference, options: RemoteOptions): Promise<boolean> {
  try {
    await head(reference, options);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}
