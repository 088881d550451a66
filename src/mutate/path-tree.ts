import { LimitExceededError } from '../errors/limit-exceeded.js';
import type { TarHeader } from '../internal/tar-header.js';
import { isMetadataName, ROOT } from './archive-path.js';
import { UNSEEN } from './path-flags.js';
import type { Inode } from './inode.js';

/**
 * A path of the image. It stays from layer to layer; what one layer says about it is forgotten when the layer is done.
 * There are as many as there are files, so there is one object for all of it.
 */
export interface PathNode {
  readonly name: string;
  readonly parent: PathNode | undefined;
  children: Map<string, PathNode> | undefined;
  /** What the layers above hide of it, and what was written of it; see `hiding.ts`. */
  flags: number;
  /** What hard links of the layers above look for, here and below. */
  wanted: WantedHere | undefined;
  /** The last entry of the layer under this path; -1 if it has none. Entries are numbered in their order. */
  last: number;
  /** The last entry that made this path something else than a directory, and so removed what was below it. */
  cut: number;
  /** The last entry below this path, which made it a directory. */
  implied: number;
  details: EntryDetails | undefined;
}

/** What has to be known of the last entry of some paths: directories, and files with several names. */
export interface EntryDetails {
  /** What was written of a directory, to know whether another entry says anything new. */
  readonly folder?: TarHeader;
  /** The file that the entry is a name of. */
  readonly inode?: Inode;
  /** The header of a hard link that could not be written yet. */
  readonly pending?: TarHeader | undefined;
}

/** What hard links of upper layers look for. */
export interface WantedHere {
  inode: Inode | undefined;
  /** How many paths below this one are looked for. */
  below: number;
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
    children: undefined,
    flags: isMetadataName(name) ? UNSEEN : 0,
    wanted: undefined,
    last: -1,
    cut: -1,
    implied: -1,
    details: undefined,
  };
}
