import { append, type LayerSource } from '../crane/append.js';
import { emptyBase } from '../crane/empty-base.js';
import { parseLocation } from '../crane/location.js';
import { pull } from '../crane/pull.js';
import { withBase } from '../crane/with-base.js';
import type { Cli } from './cli.js';
import { type CompressionFlags, compressionOf } from './compression-flags.js';
import { deliver } from './deliver.js';
import { type DirectoryFlags, directoryLayers } from './directory-layers.js';
import { UsageError } from './exit-code.js';

export interface AppendFlags extends DirectoryFlags, CompressionFlags {
  readonly base?: string;
  readonly new_layer?: readonly string[];
  readonly new_tag: string;
  readonly output?: string;
  readonly setBaseImageAnnotations?: boolean;
  readonly ociEmptyBase?: boolean;
  readonly json?: boolean;
}

/** Makes an image of a base, tars and directories. */
export async function appendTo(cli: Cli, flags: AppendFlags): Promise<void> {
  const { base } = flags;
  const { signal } = cli.io;
  if (base !== undefined && flags.ociEmptyBase === true) {
    throw new UsageError('--base and --oci-empty-base cannot be used together');
  }
  if (base === undefined && flags.setBaseImageAnnotations === true) {
    throw new UsageError('--set-base-image-annotations needs --base');
  }
  const compress = compressionOf(flags);
  const sources = [...layersOf(cli, flags.new_layer ?? []), ...directoryLayers(cli, flags, compress)];
  if (sources.length === 0) throw new UsageError('nothing to append', 'give --new_layer or --dir');
  if (base === undefined) {
    const made = await append(emptyBase(flags.ociEmptyBase === true), sources, { ...compress, signal });
    await deliver(cli, made, flags.new_tag, flags);
    return;
  }
  const place = parseLocation(base);
  const under = await pull(place, cli.options);
  const made = await append(under, sources, { ...compress, signal });
  const annotate = flags.setBaseImageAnnotations === true;
  await deliver(cli, annotate ? await withBase(made, under, place, cli.options) : made, flags.new_tag, flags);
}

/** `-` is what comes in on stdin. */
export function layersOf({ io }: Cli, named: readonly string[]): readonly LayerSource[] {
  return named.map((name) => (name === '-' ? io.stdin : name));
}
