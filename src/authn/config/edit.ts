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
import { readConfigText } from './read.js';

export interface EditOptions extends AbortOptions {
  readonly maxBytes: number;
  /** Whether the file, with its directory, is made if it does not exist. */
  readonly create: boolean;
}

/**
 * Replaces a configuration file with an edited copy of it, at once and readable by its owner only.
 *
 * Edits of other processes that use this package wait for each other, so that none loses what another one wrote. A
 * symbolic link stays, its target is replaced. Nothing is written when `edit` returns undefined. Fields that `edit`
 * leaves alone are kept.
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
    // Indented as docker does it.
    if (edited !== undefined) await replaceFile(file, target, JSON.stringify(edited, undefined, '\t'), lock);
  };
  if (options.create) await makeDirectory(file, target);
  await locked(`${target}.lock`, options, run);
}

/** Runs without the lock where none can be made: in such a directory no file can be replaced either. */
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
    // Whatever is wrong with the path, reading or replacing the file says it better.
    await run();
  }
}

async function makeDirectory(file: string, target: string): Promise<void> {
  try {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  } catch (error) {
    // The system says that the directory exists where something else has its name.
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

/** Where a symbolic link leads, even to nothing. */
async function followLink(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const link = await readlink(file).catch(() => undefined);
    return link === undefined ? file : path.resolve(path.dirname(file), link);
  }
}
