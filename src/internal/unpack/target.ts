import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { FileSystemError } from '../../errors/file-system.js';
import { renameReplacing } from '../files/atomic-file.js';
import { errorCode } from '../error-code.js';
import { fileSystemError } from '../files/open-file.js';
import { removeTree } from '../files/remove-tree.js';

/** The directory that is unpacked into. End it with `commit` or `discard`. */
export interface UnpackTarget {
  /** The directory to write into until `commit`. */
  readonly root: string;
  /** Whether the directory did not exist, so that its own mode and time come from the archive. */
  readonly isNew: boolean;
  /** Whether everything in the directory may be replaced, because it came from the archive. */
  readonly isReplaceable: boolean;
  commit(): Promise<void>;
  /** Removes what was written, unless the directory had other contents. Never fails. */
  discard(): Promise<void>;
}

/**
 * Opens a directory to unpack into. If it does not exist, it is built under a temporary name beside it, and
 * renamed when it is complete.
 *
 * @throws FileSystemError with `ENOTEMPTY` if the directory is not empty, unless `merge` is true.
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
  // A link that the caller names is followed on purpose.
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
  // Shortened, because a name of nearly the maximal length leaves no room for the suffix.
  const name = `.${basename(finalPath).slice(0, 64)}.${randomBytes(8).toString('hex')}.partial`;
  let root: string;
  try {
    root = join(await realpath(dirname(finalPath)), name);
    // Only the owner may enter before everything has its mode.
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
    // Directories may have their final modes already, which can exclude even their owner.
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
