import { readdir } from 'node:fs/promises';

import { fileSystemError } from '../files/open-file.js';
import { decodeText } from '../tar/format/text.js';
import { directoryOf, TOP } from './name.js';
import { diskPath } from './path.js';
import type { UnpackTree } from './tree.js';

/**
 * Removes files that existed before, and never an entry of this archive, in whatever order the archive has both.
 */
export class Removals {
  readonly #root: string;
  readonly #tree: UnpackTree;
  /** The paths that the archive has created, and the directories above them. */
  readonly #written: Set<string>;

  constructor(root: string, tree: UnpackTree, written: Set<string>) {
    this.#root = root;
    this.#tree = tree;
    this.#written = written;
  }

  async remove(path: string): Promise<void> {
    if (!this.#written.has(path)) await this.#tree.remove(path);
    // A directory of the archive that replaces a removed one must not keep the old contents.
    else await this.empty(path);
  }

  async empty(path: string): Promise<void> {
    await this.#tree.idle();
    if (await this.#tree.directories.verify(path)) await this.#empty(path);
  }

  async #empty(directory: string): Promise<void> {
    for (const name of await this.#namesIn(directory)) {
      const path = directory === TOP ? name : `${directory}/${name}`;
      if (!this.#written.has(path)) await this.#tree.remove(path);
      else if (await this.#tree.directories.verify(path)) await this.#empty(path);
    }
  }

  async #namesIn(directory: string): Promise<readonly string[]> {
    try {
      const names = await readdir(diskPath(this.#root, directory), { encoding: 'buffer' });
      return names.map((name) => decodeText(name));
    } catch (error) {
      throw fileSystemError('read', `${this.#root}/${directory}`, error);
    }
  }
}

/** Adds a path and the directories above it. */
export function addWithParents(written: Set<string>, path: string): void {
  for (let at = path; at !== TOP && !written.has(at); at = directoryOf(at)) written.add(at);
}
