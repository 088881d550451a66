import { lstat, mkdir } from 'node:fs/promises';

import { UnsafePathError } from '../../errors/invalid/path.js';
import { errorCode } from '../error-code.js';
import { eventLoopDue } from '../async/event-loop.js';
import { mapLimit } from '../async/limit.js';
import { fileSystemError } from '../files/open-file.js';
import { type FileAttributes, IMPLIED_ATTRIBUTES, setDirectoryAttributes } from './attributes.js';
import { directoryOf, TOP } from './name.js';
import { diskPath } from './path.js';

/** Mode of directories until they are complete: only their owner may use them. */
const UNFINISHED = 0o700;

const MAX_JOBS = 8;

/**
 * Directories below a root that are known to be real directories: each part of their path was checked without
 * following a link. Files are written only into these.
 */
export class Directories {
  readonly #root: string;
  /** The known directories, and whether this unpacking created them. */
  readonly #known = new Map<string, boolean>([[TOP, false]]);
  /** The attributes that directories get at the end. */
  readonly #attributes = new Map<string, FileAttributes>();

  constructor(root: string) {
    this.#root = root;
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  isMade(path: string): boolean {
    return this.#known.get(path) === true;
  }

  set(path: string, attributes: FileAttributes): void {
    this.#attributes.set(path, attributes);
  }

  /** Call it after a directory was removed: other entries may have been below it. */
  forget(path: string): void {
    this.#attributes.delete(path);
    this.#known.clear();
    this.#known.set(TOP, false);
  }

  /** Creates one directory; returns false if another kind of file has its name. */
  async make(path: string): Promise<boolean> {
    try {
      await mkdir(diskPath(this.#root, path), { mode: UNFINISHED });
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return this.verify(path);
      throw fileSystemError('create', `${this.#root}/${path}`, error);
    }
    this.#known.set(path, true);
    if (!this.#attributes.has(path)) this.#attributes.set(path, IMPLIED_ATTRIBUTES);
    return true;
  }

  /** Whether a directory exists at this path, without a link on the way to it. */
  async verify(path: string): Promise<boolean> {
    const unknown: string[] = [];
    for (let at = path; !this.#known.has(at); at = directoryOf(at)) unknown.push(at);
    for (const directory of unknown.reverse()) {
      if (!(await this.#isDirectory(directory))) return false;
      this.#known.set(directory, false);
    }
    return true;
  }

  async #isDirectory(path: string): Promise<boolean> {
    try {
      return (await lstat(diskPath(this.#root, path))).isDirectory();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw fileSystemError('read', `${this.#root}/${path}`, error);
    }
  }

  /** Sets the attributes of the directories, the deepest first, because a directory may become read-only. */
  async finish(): Promise<void> {
    const levels: (readonly [string, FileAttributes])[][] = [];
    for (const directory of this.#attributes) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      (levels[depthOf(directory[0])] ??= []).push(directory);
    }
    for (let depth = levels.length - 1; depth >= 0; depth -= 1) {
      await mapLimit(levels[depth] ?? [], MAX_JOBS, async ([path, attributes]) => {
        if (await this.verify(path)) await setDirectoryAttributes(diskPath(this.#root, path), attributes);
      });
    }
  }
}

/** Number of levels below the root. */
function depthOf(path: string): number {
  return path === TOP ? 0 : path.split('/').length;
}

export function behindLink(path: string, obstacle: string): UnsafePathError {
  return new UnsafePathError(
    `unpack: ${JSON.stringify(path)} lies behind ${JSON.stringify(obstacle)}, which is not a directory`,
  );
}
