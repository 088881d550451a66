import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { TarHeader } from '../../internal/tar/format/header.js';
import { finalInode, hasPendingLinks, newInode } from './inode.js';
import { isFile, isPresent } from './layer-index.js';
import type { Inode, PathNode } from './path-node.js';
import type { PathTree } from './path-tree.js';

/** The hard links of one layer: which entries are names of the same file. */
export class LayerLinks {
  readonly #tree: PathTree;
  /** Paths that are, or were, a name of a file with several names, in the order in which they last became one. */
  readonly #linked = new Set<PathNode>();
  /** Files that had no entry yet when a link to them was read, by the path of their content. */
  readonly #sought = new Map<PathNode, Inode>();

  constructor(tree: PathTree) {
    this.#tree = tree;
  }

  /**
   * The file to which a link leads, and its node if the layer already has an entry for it. The path has to be clean.
   */
  target(path: string): { readonly inode: Inode; readonly named: PathNode | undefined } {
    const node = this.#tree.at(path);
    if (isFile(node) && isPresent(node)) return { inode: this.inodeAt(node), named: node };
    let inode = this.#sought.get(node);
    if (inode === undefined) {
      inode = newInode(node);
      this.#sought.set(node, inode);
    }
    return { inode, named: undefined };
  }

  /** Adds a path as a name of a file. `pending` is the link's header if it still has to be written. */
  link(node: PathNode, inode: Inode, pending?: TarHeader): void {
    node.details = { inode, pending };
    this.#linked.delete(node);
    this.#linked.add(node);
  }

  /** The file of which a path is a name. */
  inodeAt(node: PathNode): Inode {
    const known = node.details?.inode;
    if (known !== undefined) return finalInode(known);
    const inode = newInode(node, node.lastEntry);
    this.link(node, inode);
    return inode;
  }

  /**
   * Call this after the last entry. It resolves links that stand before their target, and adds the pending links to
   * their inodes, unless a later entry replaced them.
   *
   * @returns the inodes with pending links: those with content in this layer, and those whose content is in a lower
   *   layer.
   */
  async finish(): Promise<{ readonly found: readonly Inode[]; readonly unresolved: readonly Inode[] }> {
    for (const [node, inode] of this.#sought) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      if (!isFile(node) || !isPresent(node)) continue;
      const found = this.inodeAt(node);
      if (found !== finalInode(inode)) finalInode(inode).mergedInto = found;
    }
    const named = new Set<Inode>();
    for (const node of this.#linked) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      const header = node.details?.pending;
      if (header === undefined || !isPresent(node)) continue;
      const inode = this.inodeAt(node);
      inode.pendingLinks.push({ node, header });
      named.add(inode);
    }
    const inodes = [...named];
    return {
      found: inodes.filter(({ contentEntry: source }) => source !== undefined),
      unresolved: inodes.filter(({ contentEntry: source }) => source === undefined),
    };
  }

  /** For files with pending links, their names that are not pending and exist at the end of the layer. */
  async *presentNames(): AsyncGenerator<readonly [Inode, PathNode], undefined> {
    for (const node of this.#linked) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      const { inode, pending } = node.details ?? {};
      if (inode === undefined || pending !== undefined) continue;
      const final = finalInode(inode);
      if (hasPendingLinks(final) && final.contentEntry !== undefined && isPresent(node)) yield [final, node];
    }
    return undefined;
  }
}
