import { appendToIndex, emptyBaseIndex } from '../crane/edit-index.js';
import { get } from '../crane/get.js';
import { referenceOf } from '../crane/options.js';
import { pushChanged } from '../crane/push-changed.js';
import { filterPlatforms } from '../mutate/index-children.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Cli } from './cli.js';
import { printPushed } from './deliver.js';
import { UsageError } from './exit-code.js';

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
  const target = flags.tag ?? base;
  if (target === undefined) throw new UsageError('nothing to push to', 'give --tag, or a base');
  if (base !== undefined && flags.dockerEmptyBase === true) {
    throw new UsageError('--docker-empty-base is for an index without a base');
  }
  const under =
    base === undefined ? emptyBaseIndex(flags.dockerEmptyBase === true) : await indexOf(cli, base);
  const index = await appendToIndex(under, flags.manifest ?? [], {
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
  const index = filterPlatforms(await indexOf(cli, reference), cli.platforms);
  await deliverIndex(cli, index, flags.tag ?? reference, flags);
}

async function indexOf({ options }: Cli, reference: string): Promise<ImageIndex> {
  return (await get(reference, options)).imageIndex();
}

async function deliverIndex(
  cli: Cli,
  index: ImageIndex,
  target: string,
  flags: { readonly json?: boolean },
): Promise<void> {
  await printPushed(cli, await pushChanged(index, referenceOf(target, cli.options), cli.options), flags);
}
