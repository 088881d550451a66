import { appendToIndex, emptyBaseIndex } from '../../crane/changing/edit-index.js';
import { parseLocation, type ImageLocation } from '../../crane/names/location.js';
import { targetFor } from '../../crane/names/target.js';
import { filterForPlatforms } from '../../crane/locations/platforms.js';
import { indexAt } from '../../crane/locations/index-at.js';
import { writeTo } from '../../crane/locations/write-to.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Cli } from '../context/cli.js';
import { printPushed } from './write-result.js';
import { UsageError } from '../terminal/exit-code.js';
import { indexLocation } from '../arguments/index-location.js';

export interface IndexAppendFlags {
  readonly manifest?: readonly string[];
  readonly tag?: string;
  readonly dockerEmptyBase?: boolean;
  readonly flatten: 'true' | 'false';
  readonly json?: boolean;
}

/** Adds manifests to an index, or to an empty one, and writes the result. */
export async function indexAppend(
  cli: Cli,
  base: string | undefined,
  flags: IndexAppendFlags,
): Promise<void> {
  const from = base === undefined ? undefined : await indexLocation(base);
  const target = targetOf(from, flags);
  if (target === undefined) throw new UsageError('nothing to push to', 'give --tag, or a base');
  if (base !== undefined && flags.dockerEmptyBase === true) {
    throw new UsageError('--docker-empty-base is for an index without a base');
  }
  const under =
    from === undefined ? emptyBaseIndex(flags.dockerEmptyBase === true) : await indexAt(from, cli.options);
  const added = await Promise.all((flags.manifest ?? []).map(indexLocation));
  const index = await appendToIndex(under, added, {
    ...cli.options,
    nested: flags.flatten === 'false',
  });
  await writeIndexResult(cli, index, target, flags);
}

/** Keeps only the manifests of an index that are for one of the platforms. */
export async function indexFilter(
  cli: Cli,
  reference: string,
  flags: { readonly tag?: string; readonly json?: boolean },
): Promise<void> {
  if (cli.platforms.length === 0) throw new UsageError('nothing to keep', 'give --platform once or more');
  const from = await indexLocation(reference);
  // Here, --platform says what to keep, so it must not select one image of the index.
  const { platform: _platform, ...options } = cli.options;
  const index = await filterForPlatforms(await indexAt(from, options), reference, cli.platforms, options);
  await writeIndexResult(
    cli,
    index,
    targetFor(from, flags.tag === undefined ? undefined : parseLocation(flags.tag)),
    flags,
  );
}

function targetOf(
  from: ImageLocation | undefined,
  { tag }: { readonly tag?: string },
): ImageLocation | undefined {
  if (tag !== undefined) return parseLocation(tag);
  return from === undefined ? undefined : targetFor(from, undefined);
}

async function writeIndexResult(
  cli: Cli,
  index: ImageIndex,
  target: ImageLocation,
  flags: { readonly json?: boolean },
): Promise<void> {
  await printPushed(cli, await writeTo(index, target, cli.options), flags, target);
}
