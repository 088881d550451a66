import { LimitExceededError } from '../errors/limit-exceeded.js';
import { isMetadataName, ROOT } from './archive-path.js';
import type { Inode } from './inode.js';
import type { Place } from './layer-index.js';

/** A path of the image. Nodes stay from layer to layer; what one layer says of a path is its place. */
export interface PathNode {
  readonly name: string;
  readonly parent: PathNode | undefined;
  /** Whether it belongs to what AUFS kept beside the files. */
  readonly isMetadata: boolean;
  children: Map<string, PathNode> | undefined;
  /** What the layers above hide of it, and what was written of it; see `hiding.ts`. */
  flags: number;
  /** What the layer that is being read says. */
  place: Place | undefined;
  /** The file that hard links of the layers above look for here. */
  wanted: Inode | undefined;
  /** Paths below this one that hard links of the layers above look for. */
  wantedBelow: number;
}

/**
 * All paths of the layers that are merged.
 *
 * A tree, so that a path costs as much time and memory as it has characters: as keys of a map, a path and the directories
 * that it lies in would cost the square of that.
 */
export class PathTree {
  readonly #maxEntries: number;
  readonly #root = newNode(ROOT, undefined);
  #size = 1;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The node of a clean path, made if there is none yet. */
  at(path: string): PathNode {
    let node = this.#root;
    if (path === ROOT) return node;
    for (let start = 0, end = 0; end < path.length; start = end + 1) {
      const slash = path.indexOf('/', start);
      end = slash === -1 ? path.length : slash;
      node = this.#child(node, path.slice(start, end));
    }
    return node;
  }

  #child(parent: PathNode, name: string): PathNode {
    const children = (parent.children ??= new Map<string, PathNode>());
    let node = children.get(name);
    if (node === undefined) {
      if (this.#size >= this.#maxEntries) {
        throw new LimitExceededError('image: the number of paths', this.#maxEntries, 'maxEntries');
      }
      this.#size += 1;
      node = newNode(name, parent);
      children.set(name, node);
    }
    return node;
  }
}

export function pathOf(node: PathNode): string {
  if (node.parent === undefined) return ROOT;
  const parts: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) parts.push(at.name);
  return parts.reverse().join('/');
}

function newNode(name: string, parent: PathNode | undefined): PathNode {
  return {
    name,
    parent,
    isMetadata: parent?.isMetadata === true || isMetadataName(name),
    children: undefined,
    flags: 0,
    place: undefined,
    wanted: undefined,
    wantedBelow: 0,
  };
}
