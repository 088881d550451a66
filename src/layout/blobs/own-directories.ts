import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { fileSystemError } from '../../internal/files/open-file.js';

/**
 * Checks that the way from a layout's directory to a file in it leads through no symbolic link, before something is
 * written or deleted there: a link may lead to files that are not the layout's. What does not exist is in order.
 *
 * @throws UnsafePathError for a link, or something else that is not a directory.
 */
export async function assertOwnDirectory(root: string, directory: string, purpose: string): Promise<void> {
  let current = root;
  for (const part of path.relative(root, directory).split(path.sep)) {
    if (part === '') continue;
    current = path.join(current, part);
    const found = await lstat(current).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw fileSystemError('look at', current, error);
    });
    if (found === undefined) return;
    if (found.isDirectory()) continue;
    const what = found.isSymbolicLink() ? 'is a symbolic link' : 'is not a directory';
    throw new UnsafePathError(`${purpose}: ${current} ${what}`, {
      hint: 'work on the layout that the link leads to, or put a directory in its place',
    });
  }
}
