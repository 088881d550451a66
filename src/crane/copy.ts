import { NotFoundError } from '../errors/not-found.js';
import { type Failure, PartialFailureError } from '../errors/partial-failure.js';
import { TagExistsError } from '../errors/tag-exists.js';
import { mapLimit } from '../internal/limit.js';
import type { Reference } from '../name/reference.js';
import { get } from '../remote/get.js';
import { head } from '../remote/head.js';
import { list } from '../remote/list.js';
import type { RemoteOptions } from '../remote/options.js';
import { push } from '../remote/push.js';
import { newPusher } from '../remote/pusher.js';
import { isIndex } from '../v1/types.js';
import { type CraneOptions, referenceOf, remoteOptions, repositoryOf } from './options.js';

export interface CopyOptions extends CraneOptions {
  /** Leaves tags that exist in the target as they are. @default false */
  readonly noClobber?: boolean | undefined;
}

/**
 * Copies what a reference names, byte for byte: an image, an artifact, or an index with all that it lists; with
 * `platform`, of an index only the image for it. Blobs stream from registry to registry; those that the
 * target has are not sent, and those of the same registry are mounted.
 *
 * @throws {@link TagExistsError} for an existing tag if `noClobber` is set.
 */
export async function copy(source: string, target: string, options: CopyOptions = {}): Promise<void> {
  const to = referenceOf(target, options);
  const shared = sharedOptions(options);
  if (options.noClobber === true && to.kind === 'tag' && (await exists(to, shared))) {
    throw new TagExistsError(to.name());
  }
  await copyReference(referenceOf(source, options), to, options, shared);
}

/**
 * Copies every tag of a repository. With `noClobber`, tags that the target has are left out.
 *
 * @throws {@link PartialFailureError} if tags failed; the others were copied.
 */
export async function copyRepository(
  source: string,
  target: string,
  options: CopyOptions = {},
): Promise<void> {
  const from = repositoryOf(source, options);
  const to = repositoryOf(target, options);
  const shared = sharedOptions(options);
  const kept = new Set(options.noClobber === true ? await tagsIfAny(to, shared) : []);
  const tags = (await list(from, shared)).filter((tag) => !kept.has(tag));
  const failures: Failure[] = [];
  await mapLimit(
    tags,
    options.jobs ?? 4,
    async (tag) => {
      try {
        await copyReference(from.tag(tag), to.tag(tag), options, shared);
      } catch (error) {
        options.signal?.throwIfAborted();
        failures.push({ subject: from.tag(tag).name(), error });
      }
    },
    { signal: options.signal },
  );
  if (failures.length > 0) throw new PartialFailureError(`copy ${from.name()}`, failures, tags.length);
}

/** One ping, one token and one upload of a blob for all that a call does. */
function sharedOptions(options: CopyOptions): RemoteOptions {
  const { platform, pageSize, filter, signal, ...rest } = remoteOptions(options);
  return { reuse: newPusher(rest), platform, pageSize, filter, signal };
}

async function copyReference(
  from: Reference,
  to: Reference,
  options: CopyOptions,
  shared: RemoteOptions,
): Promise<void> {
  const found = await get(from, shared);
  const whole = isIndex(found.mediaType) && options.platform === undefined;
  await push(to, whole ? await found.imageIndex() : await found.image({ signal: options.signal }), shared);
}

async function exists(reference: Reference, options: RemoteOptions): Promise<boolean> {
  try {
    await head(reference, options);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

async function tagsIfAny(
  repository: ReturnType<typeof repositoryOf>,
  options: RemoteOptions,
): Promise<readonly string[]> {
  try {
    return await list(repository, options);
  } catch (error) {
    if (error instanceof NotFoundError) return [];
    throw error;
  }
}
