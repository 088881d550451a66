import { type Inode, joinInodes } from './inode.js';
import { fileAt, type LayerIndex } from './layer-index.js';
import type { LayerLinks } from './layer-links.js';
import type { PathNode } from './path-tree.js';

/**
 * What hard links of the layers above look for in those below. Each is noted at its path, so that a layer
 * costs no more than what it has itself, however much is looked for.
 */
export class WantedFiles {
  readonly #inodes = new Set<Inode>();

  get size(): number {
    return this.#inodes.size;
  }

  [Symbol.iterator](): Iterator<Inode> {
    return this.#inodes.values();
  }

  add(inode: Inode): void {
    const node = inode.target;
    if (node.wanted !== undefined) {
      joinInodes(node.wanted, inode);
      return;
    }
    node.wanted = inode;
    this.#inodes.add(inode);
    for (let at = node.parent; at !== undefined; at = at.parent) at.wantedBelow += 1;
  }

  /**
   * Brings what is wanted together with the files of a layer.
   *
   * @returns the inodes of the layer that were found.
   */
  find({ places }: LayerIndex, links: LayerLinks): readonly Inode[] {
    const found: Inode[] = [];
    if (this.size === 0) return found;
    for (const { node } of places) {
      const { wanted } = node;
      const place = wanted === undefined ? undefined : fileAt(node);
      if (wanted === undefined || place === undefined) continue;
      this.#remove(wanted);
      const inode = links.inodeAt(place);
      joinInodes(inode, wanted);
      found.push(inode);
    }
    return found;
  }

  /** A file that is still wanted although a layer takes it away, and has none in its place: it cannot be found any more. */
  lostIn({ places, markers }: LayerIndex): Inode | undefined {
    if (this.size === 0) return undefined;
    for (const { node, cut } of places) {
      // A place that is no file is a directory.
      if (node.wanted !== undefined) return node.wanted;
      if (cut >= 0 && node.wantedBelow > 0) return this.#firstIn(node);
    }
    for (const node of markers.keys()) {
      if (node.wanted !== undefined || node.wantedBelow > 0) return this.#firstIn(node);
    }
    return undefined;
  }

  #remove(inode: Inode): void {
    this.#inodes.delete(inode);
    inode.target.wanted = undefined;
    for (let at = inode.target.parent; at !== undefined; at = at.parent) at.wantedBelow -= 1;
  }

  #firstIn(directory: PathNode): Inode | undefined {
    for (const inode of this.#inodes) {
      for (let at: PathNode | undefined = inode.target; at !== undefined; at = at.parent) {
        if (at === directory) return inode;
      }
    }
    return undefined;
  }
}
