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

/** Copies what a file lists, and prints a line for each image and target. */
export async function syncFile(cli: Cli, file: string, { dryRun, jobs, json }: SyncFlags): Promise<void> {
  if (cli.platforms.length > 0)
    throw new UsageError('--platform cannot be used for sync', 'set "platforms" in the file');
  const text = (await readDocument(cli, file, MAX_PLAN_BYTES)).toString('utf8');
  const plan = parsePlan(text, file === '-' ? 'stdin' : file);
  const { platform: _platform, ...options } = cli.options;
  const counts = new Map<string, number>();
  // On a terminal, a line between the progress bars would be erased with them, so lines wait for the end.
  const held: string[] | undefined = cli.columns !== undefined && dryRun !== true ? [] : undefined;
  let printing: Promise<void> = Promise.resolve();
  const onImage = (image: SyncedImage): void => {
    counts.set(image.state, (counts.get(image.state) ?? 0) + 1);
    const line = json === true ? jsonOf(image) : visible(lineOf(image));
    if (held !== undefined) {
      held.push(line);
      return;
    }
    printing = printing.then(async () => cli.line(line));
    // The failure is thrown where the printing is awaited.
    printing.catch(() => undefined);
  };
  try {
    await sync(plan, { ...options, dryRun, jobs, onImage });
  } finally {
    await printing;
    for (const line of held ?? []) await cli.line(line);
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
