import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { fileSystemError } from '../../internal/files/open-file.js';

/**
 * Checks, before a file is written or deleted, that no directory between the layout and the file is a symbolic link: a link may
 * lead to files outside the layout. A directory that does not exist is accepted.
 *
 * @throws UnsafePathError if a part of the path is a link, or is not a directory.
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
      hint: 'open the layout that the link leads to, or replace the link by a directory',
    });
  }
}
