import type { Cache } from '../../cache/cache.js';
import { newFilesystemCache } from '../../cache/filesystem-cache.js';
import { type Location, parseLocation } from '../../crane/names/location.js';
import { pullTo, type SaveFormat } from '../../crane/pulling/pull-to.js';
import { indexPlatforms } from '../arguments/chosen-platforms.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';
import { printJson } from './write-result.js';

export interface PullFlags {
  readonly format?: SaveFormat;
  readonly annotateRef?: boolean;
  readonly resume?: boolean;
  readonly cache_path?: string;
  readonly json?: boolean;
}

/** Pulls images to a path, or one image to another location. */
export async function pull(cli: Cli, operands: readonly string[], flags: PullFlags): Promise<void> {
  if (operands.length < 2) throw new UsageError('name one or more images and a path');
  const locations = operands.slice(0, -1).map(parseLocation);
  const path = operands.at(-1) ?? '';
  const target = parseLocation(path);
  if (target.kind !== 'docker' && target.kind !== 'path') {
    await pullElsewhere(cli, locations, target, flags);
    return;
  }
  if (target.kind === 'docker' && path.startsWith('docker://')) {
    throw new UsageError('`gantry pull` writes to the disk', '`gantry copy` copies to a registry');
  }
  if (path === '-' && flags.format === 'oci') {
    throw new UsageError('a layout is a directory, which stdout cannot take', 'give --format oci-archive');
  }
  const pulled = await pullTo(locations, path, {
    ...cli.options,
    format: flags.format,
    platforms: indexPlatforms(cli),
    annotateRef: flags.annotateRef === true,
    resume: flags.resume === true,
    cache: cacheIn(cli, flags.cache_path),
  });
  await printJson(cli, pulled, flags, target);
}

function cacheIn(cli: Cli, directory: string | undefined): Cache | undefined {
  if (directory === undefined) return undefined;
  return newFilesystemCache(directory, {
    onError: (error) => {
      cli.warn(`cache: ${error.message}`);
    },
  });
}

async function pullElsewhere(
  cli: Cli,
  locations: readonly Location[],
  target: Location,
  flags: PullFlags,
): Promise<void> {
  const [location, ...more] = locations;
  if (location === undefined || more.length > 0) {
    throw new UsageError('several images can be pulled only to a path', 'give a path and --format');
  }
  const { format, annotateRef, resume, cache_path: cachePath } = flags;
  if (format !== undefined || annotateRef === true || resume === true || cachePath !== undefined) {
    const flagsOfPaths = '--format, --annotate-ref, --resume and --cache_path';
    throw new UsageError(`${flagsOfPaths} need a path as the target`, 'give a path and --format');
  }
  const { copy } = await import('../../crane/copying/copy.js');
  await printJson(cli, [await copy(location, target, cli.options)], flags, target);
}
