import { finalInode, type Inode, isNamed, newInode } from './inode.js';
import { fileAt, isLive, type Place } from './layer-index.js';
import type { PathNode, PathTree } from './path-tree.js';

/** The hard links of one layer: which entries are one file under several names. */
export class LayerLinks {
  readonly #tree: PathTree;
  /** Places that are, or once were, a name of a file with several names. */
  readonly #linked = new Set<Place>();
  /** Files whose content no entry had when a link to it came by, under the path where it is looked for. */
  readonly #sought = new Map<PathNode, Inode>();

  constructor(tree: PathTree) {
    this.#tree = tree;
  }

  /** The file that a link to a clean path is a name of, and the place that it names if there is a file. */
  target(path: string): { readonly inode: Inode; readonly named: Place | undefined } {
    const node = this.#tree.at(path);
    const named = fileAt(node);
    if (named !== undefined) return { inode: this.inodeAt(named), named };
    let inode = this.#sought.get(node);
    if (inode === undefined) {
      inode = newInode(node);
      this.#sought.set(node, inode);
    }
    return { inode, named };
  }

  /** Makes a place one more name of a file. */
  link(place: Place, inode: Inode): void {
    place.inode = inode;
    this.#linked.add(place);
  }

  /** The file that a place is a name of. */
  inodeAt(place: Place): Inode {
    if (place.inode !== undefined) return finalInode(place.inode);
    const inode = newInode(place.node, place.last);
    this.link(place, inode);
    return inode;
  }

  /**
   * To be called after the last entry: links that stand before their target find it, and names that wait are handed to their
   * inodes, unless something has replaced them.
   *
   * @returns the inodes with names that wait: those with content here, and those whose content lies further down.
   */
  finish(): { readonly found: readonly Inode[]; readonly sought: readonly Inode[] } {
    for (const [node, inode] of this.#sought) {
      const place = fileAt(node);
      if (place === undefined) continue;
      const found = this.inodeAt(place);
      if (found !== finalInode(inode)) finalInode(inode).merged = found;
    }
    const named = new Set<Inode>();
    for (const place of this.#inOrder()) {
      const { node, pending } = place;
      if (pending === undefined || !isLive(place)) continue;
      const inode = this.inodeAt(place);
      inode.names.push({ node, header: pending });
      named.add(inode);
    }
    const inodes = [...named];
    return {
      found: inodes.filter(({ source }) => source !== undefined),
      sought: inodes.filter(({ source }) => source === undefined),
    };
  }

  /** Names of waiting inodes under which their content was written, and still is, in the order of their entries. */
  *written(): Generator<readonly [Inode, PathNode], undefined> {
    for (const place of this.#inOrder()) {
      if (!place.isVisible || place.pending !== undefined || place.inode === undefined) continue;
      const inode = finalInode(place.inode);
      if (isNamed(inode) && inode.source !== undefined && isLive(place)) yield [inode, place.node];
    }
    return undefined;
  }

  #inOrder(): readonly Place[] {
    return [...this.#linked].sort((one, other) => one.last - other.last);
  }
}
