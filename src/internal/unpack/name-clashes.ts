import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rmdir } from 'node:fs/promises';

import { fileSystemError } from '../files/open-file.js';
import { foldName, directoryOf, TOP } from './name.js';

interface Name {
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * Tracks the names in use on a file system that treats some different names as equal. Two directories may share a
 * name, because their files do not clash; any other file would replace one that it must not replace.
 */
export class NameClashes {
  readonly #names = new Map<string, Name>();

  /**
   * Adds a path and the directories above it. Returns the earlier path that the file system treats as equal, if
   * there is one.
   */
  add(path: string, isDirectory: boolean): string | undefined {
    const fresh: (readonly [key: string, name: Name])[] = [];
    for (let at = path, directory = isDirectory; at !== TOP; at = directoryOf(at), directory = true) {
      const key = foldName(at);
      const found = this.#names.get(key);
      if (found !== undefined && found.path !== at && !(directory && found.isDirectory)) return found.path;
      if (found?.path === at && found.isDirectory === directory) break;
      if (found === undefined || found.path === at) fresh.push([key, { path: at, isDirectory: directory }]);
    }
    for (const [key, name] of fresh) this.#names.set(key, name);
    return undefined;
  }
}

/** Whether a directory treats names as equal that differ in case, or in how Unicode composes a letter. */
export async function confusesNames(directory: string): Promise<boolean> {
  const probe = `${directory}/.probe-${randomBytes(8).toString('hex')}-`;
  try {
    await mkdir(`${probe}A\u00e9`);
  } catch (error) {
    throw fileSystemError('create', directory, error);
  }
  try {
    const others = [`${probe}a\u00e9`, `${probe}Ae\u0301`];
    const found = await Promise.all(others.map(async (name) => exists(name)));
    return found.includes(true);
  } finally {
    await rmdir(`${probe}A\u00e9`).catch(() => undefined);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
