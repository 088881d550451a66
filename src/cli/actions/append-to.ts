import { append, type AppendOptions, type LayerSource } from '../../crane/changing/append.js';
import { emptyBase } from '../../crane/changing/empty-base.js';
import { find } from '../../crane/locations/find.js';
import { parseLocation } from '../../crane/names/location.js';
import { mapFound } from '../../crane/changing/map-found.js';
import { withBaseAnnotations } from '../../crane/changing/base-annotations.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { isIndex, ociManifestSchema1 } from '../../v1/types.js';
import { indexPlatforms, warnOfOneImage } from '../arguments/chosen-platforms.js';
import type { Cli } from '../context/cli.js';
import { type CompressionFlags, compressionOf } from '../arguments/compression-flags.js';
import { writeResult } from './write-result.js';
import { type DirectoryFlags, directoryLayers } from './directory-layers.js';
import { UsageError } from '../terminal/exit-code.js';

export interface AppendFlags extends DirectoryFlags, CompressionFlags {
  readonly base?: string;
  readonly new_layer?: readonly string[];
  readonly new_tag: string;
  readonly output?: string;
  readonly setBaseImageAnnotations?: boolean;
  readonly ociEmptyBase?: boolean;
  readonly json?: boolean;
  readonly anyLayer?: boolean;
}

/** Adds tars and directories to a base image as layers. */
export async function appendTo(cli: Cli, flags: AppendFlags): Promise<void> {
  const { base } = flags;
  const { signal } = cli.io;
  if (base !== undefined && flags.ociEmptyBase === true) {
    throw new UsageError('--base and --oci-empty-base cannot be used together');
  }
  if (base === undefined && flags.setBaseImageAnnotations === true) {
    throw new UsageError('--set-base-image-annotations needs --base');
  }
  const compress = { ...compressionOf(flags), anyLayer: flags.anyLayer };
  const sources = [...layersOf(cli, flags.new_layer ?? []), ...directoryLayers(cli, flags, compress)];
  if (sources.length === 0) throw new UsageError('nothing to append', 'give --new_layer or --dir');
  if (base === undefined) {
    const made = await append(emptyBase(flags.ociEmptyBase === true), sources, { ...compress, signal });
    await writeResult(cli, made, flags.new_tag, flags);
    return;
  }
  const location = parseLocation(base);
  const found = await find(location, cli.options);
  warnOfOneImage(cli, base, found, flags.output === undefined && flags.new_tag === base);
  const layers = isIndex(found.mediaType) ? sharedLayers(cli, sources, compress) : undefined;
  const grown = await mapFound(
    found,
    base,
    async (under, options) => {
      const made = await append(under, (await layers?.(under, options)) ?? sources, {
        ...compress,
        ...options,
      });
      if (flags.setBaseImageAnnotations !== true) return made;
      return withBaseAnnotations(made, under, location, { ...cli.options, ...options });
    },
    { ...cli.options, platforms: indexPlatforms(cli) },
  );
  await writeResult(cli, grown, flags.new_tag, flags);
}

/**
 * Makes layers that several images share, so that each is compressed only once for images with OCI media types and once for
 * images with Docker media types. Undefined if there is only one image, which may also use a stream.
 */
export function sharedLayers(
  cli: Cli,
  sources: readonly LayerSource[],
  compress: Omit<AppendOptions, 'signal'>,
): ((image: Image, options: AbortOptions) => Promise<readonly Layer[]>) | undefined {
  if (indexPlatforms(cli) === undefined || sources.length === 0) return undefined;
  if (sources.includes(cli.io.stdin)) {
    throw new UsageError(
      'stdin can be a layer of only one image',
      'write it to a file first, or choose one --platform',
    );
  }
  const made = new Map<boolean, Promise<readonly Layer[]>>();
  return async (image, options) => {
    const isOci = (await image.mediaType(options)) === ociManifestSchema1;
    const { signal } = cli.io;
    const layers =
      made.get(isOci) ??
      append(emptyBase(isOci), sources, { ...compress, signal }).then(async (holder) =>
        holder.layers({ signal }),
      );
    made.set(isOci, layers);
    return layers;
  };
}

/** The layers that the arguments name; `-` is stdin. */
export function layersOf({ io }: Cli, named: readonly string[]): readonly LayerSource[] {
  return named.map((name) => (name === '-' ? io.stdin : name));
}
