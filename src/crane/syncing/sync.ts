import { wrongArgument } from '../../internal/arguments.js';
import { AmbiguousError } from '../../errors/ambiguous.js';
import { type Failure, PartialFailureError } from '../../errors/service/partial-failure.js';
import { mapLimit } from '../../internal/async/limit.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import { newPusher } from '../../remote/pusher.js';
import { type CraneOptions, remoteOptions } from '../names/options.js';
import { type ImageToSync, imagesOf, parseEntry, type ParsedEntry, type SyncEntry } from './plan.js';
import { syncImage, type SyncRun } from './sync-image.js';
import type { SyncedImage } from './synced-image.js';

/** How the images of a plan are copied. */
export interface SyncOptions extends Omit<CraneOptions, 'platform'> {
  /** Finds out what would be copied, and copies nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** Called for each image and target as soon as its state is known. */
  readonly onImage?: ((image: SyncedImage) => void) | undefined;
}

/**
 * Brings images into one or more targets, and copies only what the targets lack. An image that a target has with the same
 * digest costs one HEAD request at the source and one at the target. `jobs` images are handled at the same time. Nothing
 * is deleted from a target.
 *
 * With `platforms`, the source costs a GET request instead of the HEAD request. With `referrers`, it also costs one request
 * at the source for each manifest, and one at the target for each manifest that has referrers.
 *
 * @returns one result for each image and target. If something fails, only `onImage` gets them.
 * @throws TypeError or BadNameError for a mistake in the plan, before anything is copied.
 * @throws PartialFailureError if some images failed; all others were copied.
 */
export async function sync(
  plan: readonly SyncEntry[],
  options: SyncOptions = {},
): Promise<readonly SyncedImage[]> {
  const { dryRun = false, onImage, ...craneOptions } = options;
  const { signal, jobs = 4 } = craneOptions;
  const given: unknown = plan;
  if (!Array.isArray(given)) throw wrongArgument('plan', plan, 'an array of entries');
  const entries = plan.map((entry) => parseEntry(entry, craneOptions));
  const { pageSize, filter: _filter, signal: _signal, ...rest } = remoteOptions(craneOptions);
  const shared: RemoteOptions = { reuse: newPusher(rest), pageSize, signal };
  const results: SyncedImage[] = [];
  const report = (image: SyncedImage): void => {
    results.push(image);
    onImage?.(image);
  };
  const run: SyncRun = { shared, jobs, dryRun, signal, report, tags: new Map() };
  const listed = await mapLimit(entries, jobs, async (entry) => imagesOrFailure(entry, run), { signal });
  await mapLimit(distinct(listed.flat(), report), jobs, async (image) => syncImage(image, run), { signal });
  const failures: Failure[] = results.flatMap(({ state, source, target, error }) =>
    state === 'failed' ? [{ subject: target === undefined ? source : `${source} to ${target}`, error }] : [],
  );
  if (failures.length > 0) throw new PartialFailureError('sync', failures, results.length);
  return results;
}

/** The images of an entry. If their tags cannot be listed, that is reported, and other entries are not affected. */
async function imagesOrFailure(
  entry: ParsedEntry,
  { shared, signal, report }: SyncRun,
): Promise<readonly ImageToSync[]> {
  try {
    return await imagesOf(entry, shared);
  } catch (error) {
    signal?.throwIfAborted();
    report(failed(entry.entry.source, undefined, error));
    return [];
  }
}

/** Leaves out what is listed twice. Two images for one target cannot both be copied, so the second one fails. */
function distinct(
  images: readonly ImageToSync[],
  report: (image: SyncedImage) => void,
): readonly ImageToSync[] {
  const sources = new Map<string, string>();
  return images.flatMap((image) => {
    const source = image.source.name();
    const targets = image.targets.filter((target) => {
      const other = sources.get(target.name());
      sources.set(target.name(), other ?? source);
      if (other !== undefined && other !== source)
        report(failed(source, target.name(), sameTarget(target.name(), [other, source])));
      return other === undefined;
    });
    return targets.length === 0 ? [] : [{ ...image, targets }];
  });
}

function sameTarget(target: string, sources: readonly string[]): AmbiguousError {
  return new AmbiguousError(`${target} is the target of two images`, sources, {
    hint: 'give each image a target of its own',
  });
}

function failed(source: string, target: string | undefined, error: unknown): SyncedImage {
  return { source, target, state: 'failed', digest: undefined, companions: 0, error };
}
