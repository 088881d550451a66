import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileSystemError } from '../../internal/files/open-file.js';
import { removeTree } from '../../internal/files/remove-tree.js';

/** The directory of one build. Nothing is written outside of it. */
export class WorkDirectory {
  readonly path: string;
  #names = 0;
  readonly #open: { close(): Promise<void> }[] = [];

  constructor(directory: string) {
    this.path = directory;
  }

  /** Makes a new directory in `parent`, which is created if it does not exist. */
  static async create(parent: string = tmpdir()): Promise<WorkDirectory> {
    try {
      await mkdir(parent, { recursive: true });
      return new WorkDirectory(await mkdtemp(path.join(parent, 'containerregistry-build-')));
    } catch (error) {
      throw fileSystemError('create', parent, error);
    }
  }

  /** A name for a file that no other file of the build has. */
  newName(prefix: string): string {
    this.#names += 1;
    return `${prefix}-${this.#names}`;
  }

  /** Keeps an object to close before the directory is removed. */
  keep<T extends { close(): Promise<void> }>(resource: T): T {
    this.#open.push(resource);
    return resource;
  }

  /** Closes what is open and removes the directory. */
  async remove(): Promise<void> {
    for (const resource of this.#open.splice(0)) await resource.close();
    await removeTree(this.path);
  }
}
