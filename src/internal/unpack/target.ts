import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { FileSystemError } from '../../errors/file-system.js';
import { renameReplacing } from '../files/atomic-file.js';
import { errorCode } from '../error-code.js';
import { fileSystemError } from '../files/open-file.js';
import { removeTree } from '../files/remove-tree.js';

/** The directory that is unpacked into; end it with `commit` or `discard`. */
export interface UnpackTarget {
  /** Where to write, meanwhile. */
  readonly root: string;
  /** Whether it is the directory's first content, so that its own mode and time are the archive's. */
  readonly isNew: boolean;
  /** Whether all that is there may be replaced: it came from the archive. */
  readonly isReplaceable: boolean;
  commit(): Promise<void>;
  /** Removes what was written, unless it was written among other things. Never fails. */
  discard(): Promise<void>;
}

/**
 * Opens a directory to unpack into. One that does not exist is made beside its name and gets it when it is complete.
 *
 * @throws {@link FileSystemError} with `ENOTEMPTY` for one that has something in it, unless `merge`.
 */
export async function unpackTarget(path: string, merge: boolean): Promise<UnpackTarget> {
  const names = await readdir(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw fileSystemError('open', path, error);
  });
  if (names === undefined) return newDirectory(path);
  if (names.length > 0 && !merge) {
    const cause: NodeJS.ErrnoException = new Error('the directory is not empty');
    cause.code = 'ENOTEMPTY';
    throw new FileSystemError('unpack into', path, cause);
  }
  // A link that the caller names is the caller's wish.
  const root = await realpath(path).catch((error: unknown) => {
    throw fileSystemError('open', path, error);
  });
  return {
    root,
    isNew: false,
    isReplaceable: names.length === 0,
    commit: async () => Promise.resolve(),
    discard: async () => {
      if (names.length > 0) return;
      const left = await readdir(root, { encoding: 'buffer' }).catch(() => []);
      for (const name of left) await removeAll(Buffer.concat([Buffer.from(`${root}/`), name]));
    },
  };
}

async function newDirectory(path: string): Promise<UnpackTarget> {
  const finalPath = resolve(path);
  // Cut, because a name that is just short enough has no room for more.
  const name = `.${basename(finalPath).slice(0, 64)}.${randomBytes(8).toString('hex')}.partial`;
  let root: string;
  try {
    root = join(await realpath(dirname(finalPath)), name);
    // Nobody else gets in before everything has its mode.
    await mkdir(root, { mode: 0o700 });
  } catch (error) {
    throw fileSystemError('create', path, error);
  }
  return {
    root,
    isNew: true,
    isReplaceable: true,
    commit: async () => {
      try {
        await renameReplacing(root, finalPath);
      } catch (error) {
        throw fileSystemError('create', path, error);
      }
    },
    discard: async () => removeAll(root),
  };
}

async function removeAll(path: string | Buffer): Promise<void> {
  try {
    await removeTree(path);
  } catch {
    // Directories may have got their final modes already, and refuse even their owner.
    await makeWritable(path).catch(() => undefined);
    await removeTree(path).catch(() => undefined);
  }
}

async function makeWritable(directory: string | Buffer): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    if (!entry.isDirectory()) continue;
    await makeWritable(Buffer.concat([Buffer.from(directory), Buffer.from('/'), entry.name]));
  }
}
