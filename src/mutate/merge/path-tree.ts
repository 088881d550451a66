import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { isMetadataName, ROOT } from './archive-path.js';
import { ALL_HIDDEN } from './path-flags.js';
import type { PathNode } from './path-node.js';

/** Paths of file systems have at most 4096 bytes, and so at most half as many components. This cap is generous. */
const MAX_DEPTH = 8192;

/**
 * All paths of the layers that are merged.
 *
 * They are a tree, so that the time and memory for a path grow linearly with its length. As keys of a map, a path and
 * all its parent directories would need quadratic time and memory.
 */
export class PathTree {
  readonly #maxEntries: number;
  readonly #root = newNode(ROOT, undefined);
  #size = 1;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The node of a clean path. It is created if it does not exist. */
  at(path: string): PathNode {
    let node = this.#root;
    if (path === ROOT) return node;
    for (let start = 0, end = 0, depth = 0; end < path.length; start = end + 1, depth += 1) {
      if (depth >= MAX_DEPTH) throw tooDeep(path);
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

/** The path of a node, relative to the root. */
export function pathOf(node: PathNode): string {
  if (node.parent === undefined) return ROOT;
  const parts: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) parts.push(at.name);
  return parts.reverse().join('/');
}

function tooDeep(path: string): ArchiveInvalidError {
  return new ArchiveInvalidError(
    `layer: the path ${JSON.stringify(path.slice(0, 100))}... has more than ${MAX_DEPTH} parts; no file system takes so many`,
  );
}

function newNode(name: string, parent: PathNode | undefined): PathNode {
  return {
    name,
    parent,
    children: undefined,
    flags: isMetadataName(name) ? ALL_HIDDEN : 0,
    wanted: undefined,
    lastEntry: -1,
    lastNonDirectory: -1,
    lastBelow: -1,
    details: undefined,
  };
}
