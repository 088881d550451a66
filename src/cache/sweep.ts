import { readdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { isTemporaryName } from '../internal/files/atomic-file.js';
import { systemClock } from '../internal/async/clock.js';

/** A download that wrote no byte for this long is considered dead. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Removes incomplete files that killed processes left in the directory of a cache. Never fails. */
export async function sweep(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter(isTemporaryName)) {
    const file = path.join(directory, name);
    const written = await stat(file).catch(() => undefined);
    if (written === undefined || systemClock.now() - written.mtimeMs < ABANDONED_MS) continue;
    await unlink(file).catch(() => undefined);
  }
}
