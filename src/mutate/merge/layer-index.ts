import { UnsafePathError } from '../../errors/invalid/path.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { TarHeader } from '../../internal/tar/format/header.js';
import { climbs, type Marker, ROOT } from './archive-path.js';
import type { PathNode } from './path-node.js';
import type { PathTree } from './path-tree.js';

export interface LayerIndexOptions {
  readonly climbingLinks: 'keep' | 'refuse';
}

/**
 * The names in one layer: which entry each path has in the end, and what is gone.
 *
 * A later entry replaces an earlier one of the same path, as it does where a tar is unpacked.
 */
export class LayerIndex {
  readonly #tree: PathTree;
  readonly #climbingLinks: 'keep' | 'refuse';
  /** All paths, those of implied directories too. */
  readonly nodes: PathNode[] = [];
  /** What is marked as gone. A whiteout says all that an opaque marker of the same path says, and more. */
  readonly markers = new Map<PathNode, Marker['kind']>();

  constructor(tree: PathTree, { climbingLinks }: LayerIndexOptions) {
    this.#tree = tree;
    this.#climbingLinks = climbingLinks;
  }

  mark({ kind, path }: Marker): void {
    const node = this.#tree.at(path);
    if (this.markers.get(node) !== 'whiteout') this.markers.set(node, kind);
  }

  /** Takes in an entry with a clean path. */
  put(path: string, { type, linkName }: TarHeader, entry: number): PathNode {
    if (path === ROOT && type !== 'directory') {
      throw new UnsafePathError('layer: an entry that is no directory has the name of the root');
    }
    if (type === 'symlink' && this.#climbingLinks === 'refuse' && climbs(path, linkName)) {
      throw new UnsafePathError(`layer: the link ${JSON.stringify(path)} leads outside the root`);
    }
    const node = this.#tree.at(path);
    this.#note(node);
    node.lastEntry = entry;
    if (type !== 'directory') node.lastNonDirectory = entry;
    // Of a directory it is known what was written, and a file is a new one.
    if (type !== 'directory' || node.details?.directory === undefined) node.details = undefined;
    for (let above = node.parent; above !== undefined; above = above.parent) {
      this.#note(above);
      above.lastBelow = entry;
    }
    return node;
  }

  /** To be called when the layer is done: the nodes get ready for the next one. */
  async close(): Promise<void> {
    for (const node of this.nodes) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      node.lastEntry = node.lastNonDirectory = node.lastBelow = -1;
      node.details = undefined;
    }
  }

  #note(node: PathNode): void {
    if (node.lastEntry === -1 && node.lastBelow === -1) this.nodes.push(node);
  }
}

/** Whether the last entry of a path was something else than a directory. */
export function isFile({ lastEntry: last, lastNonDirectory: cut }: PathNode): boolean {
  return last !== -1 && last === cut;
}

/** Whether the last entry of a path is still there: neither it nor what it lies in became something else afterwards. */
export function isPresent(node: PathNode): boolean {
  const { lastEntry: last, lastBelow: implied } = node;
  if (last === -1 || (isFile(node) && implied > last)) return false;
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (above.lastNonDirectory > last) return false;
  }
  return true;
}
