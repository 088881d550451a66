import { randomBytes } from 'node:crypto';
import { lstat, mkdir, rmdir } from 'node:fs/promises';

import { fileSystemError } from '../files/open-file.js';
import { foldName, directoryOf, TOP } from './name.js';

interface Name {
  readonly path: string;
  readonly isDirectory: boolean;
}

/**
 * The names that were given, where a file system takes some that differ for one. Two directories may share a name,
 * for their files do not; anything else would replace what it is not meant to.
 */
export class NameClashes {
  readonly #names = new Map<string, Name>();

  /** Takes in a name, and those of the directories that it lies in; gives the path that has the same name already. */
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

/** Whether a directory takes names for one that differ in case, or in how Unicode writes a letter. */
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
