import { randomBytes } from 'node:crypto';
import { mkdir, open, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { FileSystemError } from '../errors/file-system.js';
import { renameReplacing } from '../internal/atomic-file.js';
import { type JsonObject, parseConfigDocument } from './docker-config.js';
import { readConfigText } from './read-config.js';

/** Edits under way in this process, per file: the next one starts from what the last one wrote. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Replaces a configuration file with an edited copy of it, at once and readable by its owner only.
 *
 * A file that does not exist is made, with its directory; a symbolic link stays, its target is replaced. Nothing
 * is written when `edit` returns undefined. Fields that `edit` leaves alone are kept.
 */
export async function editConfig(
  file: string,
  maxBytes: number,
  edit: (document: JsonObject) => Promise<JsonObject | undefined>,
): Promise<void> {
  const key = path.resolve(file);
  const previous = queues.get(key);
  const run = async (): Promise<void> => {
    await previous?.catch(() => undefined);
    const edited = await edit(parseConfigDocument((await readConfigText(file, maxBytes)) ?? '', file));
    // Indented as docker does it.
    if (edited !== undefined) await replaceFile(file, JSON.stringify(edited, undefined, '\t'));
  };
  const current = run();
  queues.set(key, current);
  try {
    await current;
  } finally {
    if (queues.get(key) === current) queues.delete(key);
  }
}

async function replaceFile(file: string, content: string): Promise<void> {
  try {
    const target = await followLink(file);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await renameReplacing(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    throw new FileSystemError('write', file, error as NodeJS.ErrnoException);
  }
}

/** Where a symbolic link leads, even to nothing. */
async function followLink(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const link = await readlink(file).catch(() => undefined);
    return link === undefined ? file : path.resolve(path.dirname(file), link);
  }
}
