import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { errorCode } from './error-code.js';
import { fileSystemError } from './open-file.js';

/** Makes a folder and those above it, unless they are there. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    // Of a read-only file system Node says that the folder is missing.
    const reason = errorCode(error) === 'ENOENT' ? await reasonFor(folder) : undefined;
    throw fileSystemError('create', folder, reason ?? error);
  }
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
