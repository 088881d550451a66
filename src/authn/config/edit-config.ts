import { randomBytes } from 'node:crypto';
import { mkdir, open, readlink, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { type JsonObject } from '../../internal/json/json-object.js';
import { FileSystemError } from '../../errors/file-system.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { renameReplacing } from '../../internal/files/atomic-file.js';
import { errorCode } from '../../internal/error-code.js';
import { type HeldLock, withLock } from '../../internal/lock/lock-file.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { parseConfigDocument } from './docker-config.js';
import { readConfigText } from './read-config.js';

export interface EditOptions extends AbortOptions {
  readonly maxBytes: number;
  /** Whether the file and its directory are created if they do not exist. */
  readonly create: boolean;
}

/**
 * Replaces a configuration file with an edited copy of it, atomically. Only its owner can read the new file.
 *
 * Edits by processes that use this package wait for each other, so that no edit is lost. If the file is a symbolic link,
 * its target is replaced. Nothing is written if `edit` returns undefined.
 */
export async function editConfig(
  file: string,
  options: EditOptions,
  edit: (document: JsonObject) => Promise<JsonObject | undefined>,
): Promise<void> {
  const target = await followLink(file);
  const run = async (lock?: HeldLock): Promise<void> => {
    const text = await readConfigText(file, options.maxBytes);
    const edited = await edit(parseConfigDocument(text ?? '', file));
    // Docker indents with tabs, too.
    if (edited !== undefined) await replaceFile(file, target, JSON.stringify(edited, undefined, '\t'), lock);
  };
  if (options.create) await makeDirectory(file, target);
  await locked(`${target}.lock`, options, run);
}

/**
 * Runs under the lock, or without it if the lock cannot be created. In such a directory no file can be replaced either,
 * and the error of reading or replacing the file is more helpful than that of the lock.
 */
async function locked(
  lock: string,
  { signal }: AbortOptions,
  run: (lock?: HeldLock) => Promise<void>,
): Promise<void> {
  const lockState = { held: false };
  try {
    await withLock(
      lock,
      async (held) => {
        lockState.held = true;
        await run(held);
      },
      { signal },
    );
  } catch (error) {
    if (lockState.held || signal?.aborted === true) throw error;
    await run();
  }
}

async function makeDirectory(file: string, target: string): Promise<void> {
  try {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  } catch (error) {
    // The system reports EEXIST if the name belongs to something other than a directory.
    throw new FileSystemError(
      'write',
      file,
      errorCode(error) === 'EEXIST' ? notDirectory() : (error as Error),
    );
  }
}

function notDirectory(): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error('not a directory');
  error.code = 'ENOTDIR';
  return error;
}

async function replaceFile(file: string, target: string, content: string, lock?: HeldLock): Promise<void> {
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await lock?.check();
    await renameReplacing(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileSystemError('write', file, error);
  }
}

/** The path that a symbolic link leads to, even if nothing exists there. */
async function followLink(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const link = await readlink(file).catch(() => undefined);
    return link === undefined ? file : path.resolve(path.dirname(file), link);
  }
}
