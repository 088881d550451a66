import { difference } from '../../tree/layers/difference.js';
import { directory, FileTree } from '../../tree/nodes/file-tree.js';
import type { TreeDirectory } from '../../tree/nodes/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';

/**
 * The files of a stage. The base is read only when something about it has to be known: layers that do not depend on it are
 * kept beside it until then.
 */
export class StageFiles {
  readonly #base: (options: AbortOptions) => Promise<TreeDirectory>;
  #known: Promise<FileTree> | undefined;
  readonly #linked: TreeDirectory[] = [];

  constructor(base: (options: AbortOptions) => Promise<TreeDirectory>) {
    this.#base = base;
  }

  /** A stage that begins with these files. */
  derive(): StageFiles {
    return new StageFiles(async (options) => this.root(options));
  }

  async root(options: AbortOptions): Promise<TreeDirectory> {
    return (await this.#tree(options)).root;
  }

  /** Changes the files, and returns them as they were before and are now. */
  async change(
    act: (tree: FileTree) => Promise<void>,
    options: AbortOptions,
  ): Promise<{ readonly lower: TreeDirectory; readonly upper: TreeDirectory }> {
    const tree = await this.#tree(options);
    const lower = tree.root;
    await act(tree);
    return { lower, upper: tree.root };
  }

  /** Puts a layer that does not depend on the base on top. */
  async link(layer: TreeDirectory, options: AbortOptions): Promise<void> {
    if (this.#known === undefined) this.#linked.push(layer);
    else await overlay(await this.#known, layer, options);
  }

  async #tree(options: AbortOptions): Promise<FileTree> {
    this.#known ??= this.#read(options);
    return this.#known;
  }

  async #read(options: AbortOptions): Promise<FileTree> {
    const tree = new FileTree(await this.#base(options));
    for (const layer of this.#linked.splice(0)) await overlay(tree, layer, options);
    return tree;
  }
}

/** Puts the files of a layer into a tree, as if the layer was unpacked there. */
async function overlay(tree: FileTree, layer: TreeDirectory, options: AbortOptions): Promise<void> {
  for (const change of await difference(FileTree.empty().root, layer, () => false, options)) {
    if (change.kind === 'whiteout') continue;
    const parts = change.path.split('/');
    const { node } = change;
    if (node.type !== 'directory') tree.set(parts, node);
    else if (tree.get(parts)?.type === 'directory') tree.setMetadata(parts, node);
    else tree.set(parts, directory(node));
  }
}
