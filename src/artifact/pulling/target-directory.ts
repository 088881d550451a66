import type { Stats } from 'node:fs';
import { lstat, mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileSystemError } from '../../errors/file-system.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { errorCode } from '../../internal/error-code.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { printable } from '../../internal/printable.js';

/** The directory of a pull. Paths are relative to it, with slashes, and never lead upwards. */
export class TargetDirectory {
  readonly root: string;
  /** Directories that were created, the outer ones first. */
  readonly #created: string[] = [];

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Checks that a file can be written to a path.
   *
   * @throws UnsafePathError if the path leads through something other than a directory, such as a symbolic link.
   * @throws FileSystemError if a directory has the name of a file, or if something exists and may not be replaced.
   */
  async check(
    path: string,
    options: { readonly overwrite: boolean; readonly isPacked: boolean },
  ): Promise<void> {
    const parts = path.split('/');
    for (let count = 1; count < parts.length; count += 1) {
      const parent = parts.slice(0, count).join('/');
      const found = await this.#stats(parent);
      if (found === undefined) return;
      if (!found.isDirectory()) throw behind(path, parent);
    }
    const found = await this.#stats(path);
    if (found === undefined || path === '') return;
    if (!options.overwrite) throw exists(join(this.root, path));
    if (options.isPacked && !found.isDirectory()) throw behind(path, path);
    if (!options.isPacked && found.isDirectory()) throw isDirectory(join(this.root, path));
  }

  /** Whether something has this path. */
  async has(path: string): Promise<boolean> {
    return (await this.#stats(path)) !== undefined;
  }

  /**
   * Creates the directories that lead to a path, one after the other, and follows no link. Returns the absolute path.
   *
   * @throws UnsafePathError if something other than a directory is on the way.
   */
  async prepare(path: string): Promise<string> {
    const parts = path.split('/');
    for (let count = 1; count < parts.length; count += 1) {
      const parent = parts.slice(0, count).join('/');
      const absolute = join(this.root, parent);
      try {
        await mkdir(absolute);
        this.#created.push(absolute);
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw fileSystemError('create', absolute, error);
        if ((await this.#stats(parent))?.isDirectory() !== true) throw behind(path, parent);
      }
    }
    return join(this.root, path);
  }

  /** Removes the created directories that are empty. Never fails. */
  async removeEmpty(): Promise<void> {
    for (const directory of this.#created.reverse()) await rmdir(directory).catch(() => undefined);
  }

  async #stats(path: string): Promise<Stats | undefined> {
    const absolute = join(this.root, path);
    try {
      return await lstat(absolute);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
      throw fileSystemError('read', absolute, error);
    }
  }
}

function behind(path: string, obstacle: string): UnsafePathError {
  return new UnsafePathError(
    `artifact: "${printable(path)}" would be written through "${printable(obstacle)}", which is not a directory`,
    { hint: 'remove it, or choose another directory' },
  );
}

function exists(path: string): FileSystemError {
  return new FileSystemError('write', path, systemError('EEXIST', 'the file exists'));
}

function isDirectory(path: string): FileSystemError {
  return new FileSystemError('write', path, systemError('EISDIR', 'a directory has this name'));
}

function systemError(code: string, message: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(message);
  error.code = code;
  return error;
}
