import { eventLoopDue } from '../../internal/async/event-loop.js';
import { joinInodes } from './inode.js';
import { isFile, isPresent, type LayerIndex } from './layer-index.js';
import type { LayerLinks } from './layer-links.js';
import type { Inode, PathNode, WantedRecord } from './path-node.js';

/**
 * The files that hard links of the layers above need from the layers below. Each is recorded at its path, so that the
 * cost of a layer depends on the layer alone, and not on the number of wanted files.
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
    const here = wantedRecord(inode.target);
    if (here.inode !== undefined) {
      joinInodes(here.inode, inode);
      return;
    }
    here.inode = inode;
    this.#inodes.add(inode);
    for (let at = inode.target.parent; at !== undefined; at = at.parent) wantedRecord(at).below += 1;
  }

  /**
   * Merges wanted files with the files of a layer.
   *
   * @returns the inodes of the layer that were wanted.
   */
  async find({ nodes }: LayerIndex, links: LayerLinks): Promise<readonly Inode[]> {
    const found: Inode[] = [];
    if (this.size === 0) return found;
    for (const node of nodes) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      const inode = node.wanted?.inode;
      if (inode === undefined || !isFile(node) || !isPresent(node)) continue;
      this.#remove(inode);
      const inLayer = links.inodeAt(node);
      joinInodes(inLayer, inode);
      found.push(inLayer);
    }
    return found;
  }

  /** A wanted file that a layer removes or replaces by something else, so that lower layers cannot have it. */
  async findLost({ nodes, markers }: LayerIndex): Promise<Inode | undefined> {
    if (this.size === 0) return undefined;
    for (const node of nodes) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      const { wanted } = node;
      if (wanted === undefined) continue;
      // If the path were a file in this layer, `find` would have removed it from the wanted files. So it is a
      // directory.
      if (wanted.inode !== undefined) return wanted.inode;
      if (node.lastNonDirectory >= 0 && wanted.below > 0) return this.#firstIn(node);
    }
    for (const node of markers.keys()) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      if (node.wanted?.inode !== undefined || (node.wanted?.below ?? 0) > 0) return this.#firstIn(node);
    }
    return undefined;
  }

  #remove(inode: Inode): void {
    this.#inodes.delete(inode);
    wantedRecord(inode.target).inode = undefined;
    for (let at = inode.target.parent; at !== undefined; at = at.parent) wantedRecord(at).below -= 1;
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

function wantedRecord(node: PathNode): WantedRecord {
  return (node.wanted ??= { inode: undefined, below: 0 });
}
