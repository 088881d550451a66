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

/** What a layer has to mark as gone. */
export interface HidingMarker extends Marker {
  /** Whether the path needs an entry too, without which a directory below would lend it its mode and owner. */
  readonly needsDirectory: boolean;
}

/** What the layers that were walked through so far, from the top, hide of the layers below them, and what was written of them. */
export class HiddenPaths {
  /** Paths that hide what is below them. */
  readonly #hidesBelow: PathNode[] = [];
  #everything = false;

  /** Whether the layers above leave the last entry of a path in the next layer visible. */
  isVisible(node: PathNode): boolean {
    const hides = isFile(node) ? HIDDEN | HIDDEN_UNLESS_DIRECTORY : HIDDEN;
    return !this.#everything && (node.flags & hides) === 0 && !hasHidingAncestor(node);
  }

  /** Adds what a layer hides of those below it, also by entries that are hidden themselves. */
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

  /** From here on nothing is visible. */
  hideEverything(): void {
    this.#everything = true;
  }

  /** Notes what is written under a path, for `markers`. */
  recordWritten(node: PathNode, isDirectory: boolean): void {
    node.flags =
      (node.flags & ~(WROTE_DIRECTORY | WROTE_FILE)) | (isDirectory ? WROTE_DIRECTORY : WROTE_FILE);
    for (let at = node.parent; at !== undefined && (at.flags & WROTE_BELOW) === 0; at = at.parent) {
      at.flags |= WROTE_BELOW;
    }
  }

  /**
   * What a layer that has the entries that were written has to mark as gone, to hide the same of the layers below
   * it as those that were absorbed.
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

/** Whether a path lies in a directory of which everything is hidden. */
function hasHidingAncestor(node: PathNode): boolean {
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if ((above.flags & HIDDEN_BELOW) !== 0) return true;
  }
  return false;
}
