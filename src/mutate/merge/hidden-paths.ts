import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { Marker } from './archive-path.js';
import { isFile, type LayerIndex } from './layer-index.js';
import {
  HIDDEN_BELOW,
  HIDDEN_UNLESS_DIRECTORY,
  HIDDEN,
  WROTE_BELOW,
  WROTE_FILE,
  WROTE_DIRECTORY,
} from './path-flags.js';
import type { PathNode } from './path-node.js';
import { pathOf } from './path-tree.js';

/** A marker that a layer needs to hide paths of the layers below it. */
export interface HidingMarker extends Marker {
  /**
   * Whether the directory needs an entry, too. Without it, a lower layer's directory would determine mode and owner.
   */
  readonly needsDirectory: boolean;
}

/** Records which paths the layers read so far, from the top, hide in the layers below, and which paths were written. */
export class HiddenPaths {
  /** Paths below which everything in lower layers is hidden. */
  readonly #hidesBelow: PathNode[] = [];
  #hidesEverything = false;

  /** Whether the last entry of a path in the next layer is visible, or hidden by the layers above. */
  isVisible(node: PathNode): boolean {
    const hides = isFile(node) ? HIDDEN | HIDDEN_UNLESS_DIRECTORY : HIDDEN;
    return !this.#hidesEverything && (node.flags & hides) === 0 && !hasHidingAncestor(node);
  }

  /** Adds the paths that a layer hides in the layers below it. Hidden entries hide, too. */
  async addLayer({ nodes, markers }: LayerIndex): Promise<void> {
    for (const node of nodes) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      const { lastEntry: last, lastNonDirectory: cut, lastBelow: implied } = node;
      this.#add(
        node,
        (implied >= 0 ? HIDDEN_UNLESS_DIRECTORY : 0) |
          (last >= 0 ? HIDDEN : 0) |
          (cut >= 0 ? HIDDEN_BELOW : 0),
      );
    }
    for (const [node, kind] of markers) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      this.#add(node, kind === 'opaque' ? HIDDEN_BELOW : HIDDEN | HIDDEN_BELOW);
    }
  }

  /** Hides everything from here on. */
  hideEverything(): void {
    this.#hidesEverything = true;
  }

  /** Records that an entry was written for a path. `markers` needs this. */
  recordWritten(node: PathNode, isDirectory: boolean): void {
    node.flags =
      (node.flags & ~(WROTE_DIRECTORY | WROTE_FILE)) | (isDirectory ? WROTE_DIRECTORY : WROTE_FILE);
    for (let at = node.parent; at !== undefined && (at.flags & WROTE_BELOW) === 0; at = at.parent) {
      at.flags |= WROTE_BELOW;
    }
  }

  /**
   * The markers that a layer with the written entries needs, so that it hides the same paths as the layers that were
   * added.
   */
  async *markers(): AsyncGenerator<HidingMarker, undefined> {
    for (const node of this.#hidesBelow) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      const { flags } = node;
      if ((flags & WROTE_FILE) !== 0 || hasHidingAncestor(node)) continue;
      const isWritten = (flags & (WROTE_DIRECTORY | WROTE_BELOW)) !== 0;
      yield {
        kind: isWritten || (flags & HIDDEN) === 0 ? 'opaque' : 'whiteout',
        path: pathOf(node),
        needsDirectory: isWritten && (flags & WROTE_DIRECTORY) === 0 && (flags & HIDDEN) !== 0,
      };
    }
    return undefined;
  }

  #add(node: PathNode, flags: number): void {
    if ((flags & HIDDEN_BELOW) !== 0 && (node.flags & HIDDEN_BELOW) === 0) this.#hidesBelow.push(node);
    node.flags |= flags;
  }
}

/** Whether a path lies in a directory whose content is hidden. */
function hasHidingAncestor(node: PathNode): boolean {
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if ((above.flags & HIDDEN_BELOW) !== 0) return true;
  }
  return false;
}
