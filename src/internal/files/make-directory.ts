import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { syncFolder } from './atomic-file.js';
import { errorCode } from '../error-code.js';
import { fileSystemError } from './open-file.js';

export interface MakeFolderOptions {
  /** Forces the names of new folders to disk. @default false */
  readonly durable?: boolean | undefined;
}

/** Makes a folder and those above it, unless they are there. */
export async function makeFolder(folder: string, { durable }: MakeFolderOptions = {}): Promise<void> {
  try {
    const first = await mkdir(folder, { recursive: true });
    if (durable === true && first !== undefined) await syncNames(resolve(folder), resolve(first));
  } catch (error) {
    // Of a read-only file system Node says that the folder is missing.
    const reason = errorCode(error) === 'ENOENT' ? await reasonFor(folder) : undefined;
    throw fileSystemError('create', folder, reason ?? error);
  }
}

/** A folder's name is kept by the one above it. */
async function syncNames(last: string, first: string): Promise<void> {
  for (let at = last; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at));
}

/** What the system says when it is asked for one folder at a time. */
async function reasonFor(folder: string): Promise<unknown> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      await mkdir(at);
      return undefined;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') return errorCode(error) === 'EEXIST' ? undefined : error;
      if (at === dirname(at)) return undefined;
    }
  }
}
