import { append, type LayerSource } from '../crane/append.js';
import { emptyBase } from '../crane/empty-base.js';
import { pull } from '../crane/pull.js';
import { withBase } from '../crane/with-base.js';
import type { Cli } from './cli.js';
import { deliver } from './deliver.js';
import { UsageError } from './exit-code.js';

export interface AppendFlags {
  readonly base?: string;
  readonly new_layer: readonly string[];
  readonly new_tag: string;
  readonly output?: string;
  readonly setBaseImageAnnotations?: boolean;
  readonly ociEmptyBase?: boolean;
  readonly json?: boolean;
}

/** Makes an image of a base and tars. */
export async function appendTo(cli: Cli, flags: AppendFlags): Promise<void> {
  const { base } = flags;
  const { signal } = cli.io;
  if (base !== undefined && flags.ociEmptyBase === true) {
    throw new UsageError('--base and --oci-empty-base cannot be used together');
  }
  if (base === undefined && flags.setBaseImageAnnotations === true) {
    throw new UsageError('--set-base-image-annotations needs --base');
  }
  if (base === undefined) {
    const made = await append(emptyBase(flags.ociEmptyBase === true), layersOf(cli, flags.new_layer), {
      signal,
    });
    await deliver(cli, made, flags.new_tag, flags);
    return;
  }
  const under = await pull(base, cli.options);
  const made = await append(under, layersOf(cli, flags.new_layer), { signal });
  const annotate = flags.setBaseImageAnnotations === true;
  await deliver(cli, annotate ? await withBase(made, under, base, cli.options) : made, flags.new_tag, flags);
}

/** `-` is what comes in on stdin. */
export function layersOf({ io }: Cli, named: readonly string[]): readonly LayerSource[] {
  return named.map((name) => (name === '-' ? io.stdin : name));
}
