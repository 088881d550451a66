import { visible } from '../../errors/visible.js';
import { sync } from '../../crane/syncing/sync.js';
import type { SyncedImage } from '../../crane/syncing/synced-image.js';
import { readDocument } from '../actions/put-content.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';
import { parsePlan } from './plan-file.js';

/** Cap on the bytes of the file. */
const MAX_PLAN_BYTES = 1024 * 1024;

export interface SyncFlags {
  readonly dryRun?: boolean;
  readonly jobs?: number;
  readonly json?: boolean;
}

/** Copies what a file lists, and prints a line for each image and target as soon as it is done. */
export async function syncFile(cli: Cli, file: string, { dryRun, jobs, json }: SyncFlags): Promise<void> {
  if (cli.platforms.length > 0)
    throw new UsageError('--platform cannot be used for sync', 'set "platforms" in the file');
  const text = (await readDocument(cli, file, MAX_PLAN_BYTES)).toString('utf8');
  const plan = parsePlan(text, file === '-' ? 'stdin' : file);
  const { platform: _platform, ...options } = cli.options;
  const counts = new Map<string, number>();
  let printing: Promise<void> = Promise.resolve();
  const onImage = (image: SyncedImage): void => {
    counts.set(image.state, (counts.get(image.state) ?? 0) + 1);
    printing = printing.then(async () => cli.line(json === true ? jsonOf(image) : visible(lineOf(image))));
    // The failure is thrown where the printing is awaited.
    printing.catch(() => undefined);
  };
  try {
    await sync(plan, { ...options, dryRun, jobs, onImage });
  } finally {
    await printing;
    cli.note([...counts].map(([state, count]) => `${count} ${state}`).join(', ') || 'nothing to copy');
  }
}

function jsonOf({ error, ...image }: SyncedImage): string {
  return JSON.stringify({ ...image, error: error === undefined ? undefined : messageOf(error) });
}

function lineOf({ state, source, target, companions, error }: SyncedImage): string {
  const names = target === undefined ? source : `${source} -> ${target}`;
  const more =
    companions === 0 ? '' : `, ${companions} that ${companions === 1 ? 'belongs' : 'belong'} to it`;
  return `${state.padEnd(8)}  ${names}${error === undefined ? more : `: ${messageOf(error)}`}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
