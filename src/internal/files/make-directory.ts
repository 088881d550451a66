import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { syncDirectory } from './atomic-file.js';
import { errorCode } from '../error-code.js';
import { fileSystemError } from './open-file.js';

export interface MakeDirectoryOptions {
  /** Forces the names of new directories to disk. @default false */
  readonly durable?: boolean | undefined;
}

/** Creates a directory and its parents, unless they exist. */
export async function makeDirectory(
  directory: string,
  { durable }: MakeDirectoryOptions = {},
): Promise<void> {
  try {
    const first = await mkdir(directory, { recursive: true });
    if (durable === true && first !== undefined) await syncNames(resolve(directory), resolve(first));
  } catch (error) {
    // On a read-only file system Node's recursive `mkdir` reports ENOENT.
    const reason = errorCode(error) === 'ENOENT' ? await reasonFor(directory) : undefined;
    throw fileSystemError('create', directory, reason ?? error);
  }
}

/** The name of a directory is stored in its parent directory. */
async function syncNames(last: string, first: string): Promise<void> {
  for (let at = last; at.length >= first.length; at = dirname(at)) await syncDirectory(dirname(at));
}

/** The system's error when the directories are created one at a time. */
async function reasonFor(directory: string): Promise<unknown> {
  for (let at = directory; ; at = dirname(at)) {
    try {
      await mkdir(at);
      return undefined;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') return errorCode(error) === 'EEXIST' ? undefined : error;
      if (at === dirname(at)) return undefined;
    }
  }
}
