import { NotFoundError } from '../../errors/service/not-found.js';
import type { Failure } from '../../errors/service/partial-failure.js';
import { mapLimit } from '../../internal/async/limit.js';
import { head } from '../../remote/head.js';
import { tags as tagsOf } from '../../remote/list.js';
import type { Reference } from '../../name/reference.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import type { Hash } from '../../v1/hash.js';
import { copyReference, type CopyRun } from './run.js';

/** What became of the companions. */
export interface CopiedDigestTags {
  readonly digests: readonly Hash[];
  readonly failures: readonly Failure[];
  /** How many there were. */
  readonly total: number;
}

/** Whether a tag is where referrers are listed for registries that have no API for them, as the distribution specification has it. */
export function isReferrersTag(tag: string): boolean {
  return /^(?:sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})$/.test(tag);
}

/**
 * Copies the tags that are called after the digests of manifests, such as `sha256-....sig` and `.att` of cosign. They
 * are found in one pass over the repository's tags, which keeps only those.
 *
 * @param keep - leaves tags alone that the target has.
 */
export async function copyDigestTags(
  run: CopyRun,
  digests: ReadonlySet<string>,
  keep: boolean,
): Promise<CopiedDigestTags> {
  const { from, to, shared, jobs, signal } = run;
  const tags: string[] = [];
  for await (const tag of tagsOf(from, shared)) {
    const [, algorithm = '', hex = ''] = /^(sha256|sha512)-([0-9a-f]+)\./.exec(tag) ?? [];
    if (digests.has(`${algorithm}:${hex}`)) tags.push(tag);
  }
  const failures: Failure[] = [];
  const found = await mapLimit(
    tags,
    jobs,
    async (tag) => {
      try {
        if (keep && (await exists(to.tag(tag), shared))) return [];
        return await (
          await copyReference({ ...run, whole: true }, from.tag(tag), to.tag(tag))
        )();
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
