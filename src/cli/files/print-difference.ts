import { parseLocation } from '../../crane/names/location.js';
import { visible } from '../../errors/visible.js';
import { type ConfigChange, diff, type FileChange } from '../../files/diff.js';
import type { Cli } from '../context/cli.js';
import { plainEntry } from './list-files.js';

export interface DiffFlags {
  readonly times?: boolean;
  readonly json?: boolean;
  readonly cache_path?: string;
}

const SIGN = { added: '+', removed: '-', changed: '~' } as const;

/** Compares two images and prints a line for each difference. */
export async function printDifference(
  cli: Cli,
  before: string,
  after: string,
  { times, json, cache_path: cacheDirectory }: DiffFlags,
): Promise<void> {
  const options = { ...cli.options, compareTimes: times, cacheDirectory };
  const { layers, config, files } = await diff(parseLocation(before), parseLocation(after), options);
  if (json === true) {
    await cli.line(JSON.stringify({ layers, config, files: files.map(plainChange) }));
    return;
  }
  for (const digest of layers.removed) await cli.line(`- layer ${digest}`);
  for (const digest of layers.added) await cli.line(`+ layer ${digest}`);
  for (const change of config) await cli.line(visible(configLine(change)));
  for (const { kind, path, aspects } of files) {
    const what = aspects.length === 0 ? '' : ` (${aspects.join(', ')})`;
    await cli.line(visible(`${SIGN[kind]} ${path}${what}`));
  }
}

function configLine({ path, before, after }: ConfigChange): string {
  const name = path.join('.');
  if (before === undefined) return `+ ${name} ${JSON.stringify(after)}`;
  if (after === undefined) return `- ${name} ${JSON.stringify(before)}`;
  return `~ ${name} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}

function plainChange({ before, after, ...change }: FileChange): object {
  return {
    ...change,
    ...(before && { before: plainEntry(before) }),
    ...(after && { after: plainEntry(after) }),
  };
}
