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
 * The paths of one layer: the last entry of each path, and the markers.
 *
 * A later entry replaces an earlier entry of the same path, as when a tar is unpacked.
 */
export class LayerIndex {
  readonly #tree: PathTree;
  readonly #climbingLinks: 'keep' | 'refuse';
  /** All paths, including parent directories without an entry of their own. */
  readonly nodes: PathNode[] = [];
  /** The markers. A whiteout includes the effect of an opaque marker for the same path. */
  readonly markers = new Map<PathNode, Marker['kind']>();

  constructor(tree: PathTree, { climbingLinks }: LayerIndexOptions) {
    this.#tree = tree;
    this.#climbingLinks = climbingLinks;
  }

  mark({ kind, path }: Marker): void {
    const node = this.#tree.at(path);
    if (this.markers.get(node) !== 'whiteout') this.markers.set(node, kind);
  }

  /** Adds an entry. Its path has to be clean. */
  put(path: string, { type, linkName }: TarHeader, entry: number): PathNode {
    if (path === ROOT && type !== 'directory') {
      throw new UnsafePathError('layer: the root has an entry that is not a directory');
    }
    if (type === 'symlink' && this.#climbingLinks === 'refuse' && climbs(path, linkName)) {
      throw new UnsafePathError(`layer: the link ${JSON.stringify(path)} leads outside the root`);
    }
    const node = this.#tree.at(path);
    this.#addNode(node);
    node.lastEntry = entry;
    if (type !== 'directory') node.lastNonDirectory = entry;
    // For a directory, the details say what was written, and stay valid. For a file, they describe the file that is
    // replaced.
    if (type !== 'directory' || node.details?.directory === undefined) node.details = undefined;
    for (let above = node.parent; above !== undefined; above = above.parent) {
      this.#addNode(above);
      above.lastBelow = entry;
    }
    return node;
  }

  /** Call this at the end of the layer. It resets the nodes for the next layer. */
  async close(): Promise<void> {
    for (const node of this.nodes) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      node.lastEntry = node.lastNonDirectory = node.lastBelow = -1;
      node.details = undefined;
    }
  }

  #addNode(node: PathNode): void {
    if (node.lastEntry === -1 && node.lastBelow === -1) this.nodes.push(node);
  }
}

/** Whether the last entry of a path is not a directory. */
export function isFile({ lastEntry: last, lastNonDirectory: cut }: PathNode): boolean {
  return last !== -1 && last === cut;
}

/**
 * Whether the last entry of a path exists at the end of the layer: no later entry replaced it or one of its parents.
 */
export function isPresent(node: PathNode): boolean {
  const { lastEntry: last, lastBelow: implied } = node;
  if (last === -1 || (isFile(node) && implied > last)) return false;
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (above.lastNonDirectory > last) return false;
  }
  return true;
}
