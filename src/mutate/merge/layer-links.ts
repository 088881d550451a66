import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { TarHeader } from '../../internal/tar/format/header.js';
import { finalInode, hasPendingLinks, newInode } from './inode.js';
import { isFile, isPresent } from './layer-index.js';
import type { Inode, PathNode } from './path-node.js';
import type { PathTree } from './path-tree.js';

/** The hard links of one layer: which entries are one file under several names. */
export class LayerLinks {
  readonly #tree: PathTree;
  /** Paths that are, or once were, a name of a file with several names, in the order in which they last became one. */
  readonly #linked = new Set<PathNode>();
  /** Files whose content no entry had when a link to it came by, under the path where it is looked for. */
  readonly #sought = new Map<PathNode, Inode>();

  constructor(tree: PathTree) {
    this.#tree = tree;
  }

  /** The file that a link to a clean path is a name of, and the path itself if there is a file now. */
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

  /** Makes a path one more name of a file; `pending` is its header if it is still to be written. */
  link(node: PathNode, inode: Inode, pending?: TarHeader): void {
    node.details = { inode, pending };
    this.#linked.delete(node);
    this.#linked.add(node);
  }

  /** The file that a path is a name of. */
  inodeAt(node: PathNode): Inode {
    const known = node.details?.inode;
    if (known !== undefined) return finalInode(known);
    const inode = newInode(node, node.lastEntry);
    this.link(node, inode);
    return inode;
  }

  /**
   * To be called after the last entry: links that stand before their target find it, and names that wait are handed to their
   * inodes, unless something has replaced them.
   *
   * @returns the inodes with names that wait: those with content here, and those whose content lies further down.
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

  /** Names of files with names that wait, which need not wait themselves and are still there. */
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
