import { readdir } from 'node:fs/promises';

import { fileSystemError } from '../files/open-file.js';
import { decodeText } from '../tar/format/text.js';
import { directoryOf, TOP } from './name.js';
import { diskPath } from './path.js';
import type { UnpackTree } from './tree.js';

/** Takes away what was there before, and nothing that the archive put there, in whatever order it says both. */
export class Removals {
  readonly #root: string;
  readonly #tree: UnpackTree;
  /** What the archive has put there, and the directories that it lies in. */
  readonly #written: Set<string>;

  constructor(root: string, tree: UnpackTree, written: Set<string>) {
    this.#root = root;
    this.#tree = tree;
    this.#written = written;
  }

  async remove(path: string): Promise<void> {
    if (!this.#written.has(path)) await this.#tree.remove(path);
    // A directory of the archive in the place of one that goes takes over nothing that was in it.
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

/** Notes a path and the directories that it lies in. */
export function addWithParents(written: Set<string>, path: string): void {
  for (let at = path; at !== TOP && !written.has(at); at = directoryOf(at)) written.add(at);
}
