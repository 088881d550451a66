import { appendToIndex, emptyBaseIndex } from '../../crane/changing/edit-index.js';
import { parseLocation, type Place } from '../../crane/locations/location.js';
import { targetFor } from '../../crane/locations/target.js';
import { onlyFor } from '../../crane/locations/platforms.js';
import { wholeIndex } from '../../crane/locations/whole-index.js';
import { writeTo } from '../../crane/locations/write-to.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Cli } from '../context/cli.js';
import { printPushed } from './deliver.js';
import { UsageError } from '../terminal/exit-code.js';
import { indexPlace } from '../arguments/index-location.js';

export interface IndexAppendFlags {
  readonly manifest?: readonly string[];
  readonly tag?: string;
  readonly dockerEmptyBase?: boolean;
  readonly flatten: 'true' | 'false';
  readonly json?: boolean;
}

/** Adds manifests to an index of a registry, or to an empty one. */
export async function indexAppend(
  cli: Cli,
  base: string | undefined,
  flags: IndexAppendFlags,
): Promise<void> {
  const from = base === undefined ? undefined : await indexPlace(base);
  const target = targetOf(from, flags);
  if (target === undefined) throw new UsageError('nothing to push to', 'give --tag, or a base');
  if (base !== undefined && flags.dockerEmptyBase === true) {
    throw new UsageError('--docker-empty-base is for an index without a base');
  }
  const under =
    from === undefined ? emptyBaseIndex(flags.dockerEmptyBase === true) : await wholeIndex(from, cli.options);
  const added = await Promise.all((flags.manifest ?? []).map(indexPlace));
  const index = await appendToIndex(under, added, {
    ...cli.options,
    nested: flags.flatten === 'false',
  });
  await deliverIndex(cli, index, target, flags);
}

/** Keeps what is for one of the platforms. */
export async function indexFilter(
  cli: Cli,
  reference: string,
  flags: { readonly tag?: string; readonly json?: boolean },
): Promise<void> {
  if (cli.platforms.length === 0) throw new UsageError('nothing to keep', 'give --platform once or more');
  const from = await indexPlace(reference);
  // The platforms say what is kept, not which image is meant.
  const { platform: _platform, ...options } = cli.options;
  const index = await onlyFor(await wholeIndex(from, options), reference, cli.platforms, options);
  await deliverIndex(
    cli,
    index,
    targetFor(from, flags.tag === undefined ? undefined : parseLocation(flags.tag)),
    flags,
  );
}

function targetOf(from: Place | undefined, { tag }: { readonly tag?: string }): Place | undefined {
  if (tag !== undefined) return parseLocation(tag);
  return from === undefined ? undefined : targetFor(from, undefined);
}

async function deliverIndex(
  cli: Cli,
  index: ImageIndex,
  target: Place,
  flags: { readonly json?: boolean },
): Promise<void> {
  await printPushed(cli, await writeTo(index, target, cli.options), flags, target);
}
