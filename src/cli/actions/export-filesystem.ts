import { exportImage } from '../../crane/export.js';
import { exportTo } from '../../crane/export-to.js';
import { parseLocation } from '../../crane/names/location.js';
import { pull } from '../../crane/pulling/pull.js';
import type { DiffIdOptions } from '../../mutate/layers/checked-layers.js';
import type { SkippedEntry, UnpackTotals } from '../../mutate/extract-to.js';
import type { Image } from '../../v1/image.js';
import type { Cli } from '../context/cli.js';

export interface ToDirectoryFlags {
  readonly merge?: boolean;
  readonly keepOwners?: boolean;
  readonly keepPrivileges?: boolean;
}

/** Writes the filesystem of an image from any location to a file or to stdout. */
export async function exportFilesystem(
  cli: Cli,
  source: string,
  target: string,
  flags: DiffIdOptions,
): Promise<void> {
  const { signal } = cli.io;
  await withImage(cli, source, async (image) =>
    exportImage(image, target === '-' ? cli.archive : target, { ...flags, signal, onProgress: cli.onRead }),
  );
}

/** Unpacks the filesystem of an image into a directory, and reports on stderr what could not be written. */
export async function exportToDirectory(
  cli: Cli,
  source: string,
  directory: string,
  flags: ToDirectoryFlags & DiffIdOptions,
): Promise<void> {
  const { signal } = cli.io;
  const onSkip = newSkipNotes(cli);
  await withImage(cli, source, async (image) => {
    report(cli, await exportTo(image, directory, { ...flags, signal, onSkip, onProgress: cli.onRead }));
  });
}

async function withImage(cli: Cli, source: string, work: (image: Image) => Promise<void>): Promise<void> {
  await work(await pull(parseLocation(source), cli.options));
}

/** Cap on the warnings about skipped entries. An archive may have any number of them; their count is printed at the end. */
const MAX_NOTES = 20;

function newSkipNotes(cli: Cli): (entry: SkippedEntry) => void {
  let notes = 0;
  return ({ path: skipped, type }) => {
    notes += 1;
    if (notes <= MAX_NOTES) cli.warn(`skipped ${JSON.stringify(skipped)}: a ${type} cannot be made here`);
  };
}

function report(cli: Cli, { skipped, privilegesDropped, attributesDropped }: UnpackTotals): void {
  if (skipped > MAX_NOTES) cli.warn(`skipped ${skipped} entries in all`);
  if (privilegesDropped > 0) {
    cli.warn(`${privilegesDropped} files lost their set-user or set-group bit; see --keep-privileges`);
  }
  if (attributesDropped > 0) cli.warn(`${attributesDropped} entries lost their extended attributes`);
}
