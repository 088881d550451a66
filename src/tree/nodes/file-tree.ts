import type { Metadata, Timestamp, TreeDirectory, TreeNode } from './node.js';
import { FileProblem } from './problem.js';

/** A path of Linux has at most 4096 bytes, so it cannot have more parts. */
const MAX_DEPTH = 2048;

/** Metadata of a directory that is created because a path needs it. */
export interface DirectoryOwner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The merged view of the layers of an image, in memory: every path with its metadata, but without content.
 *
 * A tree that is made of the root of another shares its directories until one of the two is changed. So it costs nothing, and
 * two trees can be compared by the identity of their nodes.
 */
export class FileTree {
  #root: Directory;
  /** Directories with this mark belong to this tree alone. */
  #mark = {};

  constructor(root: TreeDirectory) {
    this.#root = root instanceof Directory ? root : new Directory(root, new Map(root.entries), this.#mark);
  }

  static empty(): FileTree {
    return new FileTree(directory({ mode: 0o755, uid: 0, gid: 0, modified: { seconds: 0, nanoseconds: 0 } }));
  }

  /** The tree as it is now. Later changes do not change it. */
  get root(): TreeDirectory {
    // From now on, the directories are shared with the caller, so they must be copied before a change.
    this.#mark = {};
    return this.#root;
  }

  /**
   * The tree for reading, until it is changed. Unlike {@link root}, this does not make the next change copy directories.
   */
  get view(): TreeDirectory {
    return this.#root;
  }

  /** The node at a path without symbolic links; undefined if nothing exists there. */
  get(parts: readonly string[]): TreeNode | undefined {
    let node: TreeNode | undefined = this.#root;
    for (const part of parts) {
      if (node?.type !== 'directory') return undefined;
      node = node.entries.get(part);
    }
    return node;
  }

  /**
   * Puts a node at a path. It replaces the existing one. The directory that holds it must exist. The time of that
   * directory becomes `now`; without `now`, it keeps its time.
   */
  set(parts: readonly string[], node: TreeNode, now?: Timestamp): void {
    checkDepth(parts);
    const name = parts.at(-1);
    if (name === undefined) {
      if (node.type !== 'directory') throw new FileProblem('is-directory', 'the root must be a directory');
      this.#root = Directory.own(node, this.#mark);
      return;
    }
    const parent = this.#writable(parts.slice(0, -1));
    parent.children.set(name, node);
    if (now !== undefined) parent.modified = now;
  }

  remove(parts: readonly string[]): void {
    const name = parts.at(-1);
    if (name === undefined) return;
    this.#writable(parts.slice(0, -1)).children.delete(name);
  }

  /** Changes the metadata of a directory, which must exist. */
  setMetadata(parts: readonly string[], metadata: Metadata): void {
    this.#writable(parts).describe(metadata);
  }

  /**
   * Creates the directories of a path that do not exist.
   *
   * @throws FileProblem if one of them exists and is not a directory
   */
  makeDirectories(parts: readonly string[], owner: DirectoryOwner, now: Timestamp): void {
    const existing = this.#existing(parts);
    if (existing === parts.length) return;
    checkDepth(parts);
    let parent = this.#writable(parts.slice(0, existing));
    for (const name of parts.slice(existing)) {
      const child = new Directory({ ...owner, modified: now }, new Map(), this.#mark);
      parent.children.set(name, child);
      parent.modified = now;
      parent = child;
    }
  }

  /** The number of parts at the beginning of a path that exist. */
  #existing(parts: readonly string[]): number {
    let current: TreeDirectory = this.#root;
    for (const [at, part] of parts.entries()) {
      const child = current.entries.get(part);
      if (child === undefined) return at;
      if (child.type !== 'directory')
        throw new FileProblem(
          'not-directory',
          `cannot create the directory /${parts.slice(0, at + 1).join('/')}: a file has its name`,
        );
      current = child;
    }
    return parts.length;
  }

  /** The directory at a path, copied if it is shared, with all directories above it. */
  #writable(parts: readonly string[]): Directory {
    let current = Directory.own(this.#root, this.#mark);
    this.#root = current;
    for (const [at, part] of parts.entries()) {
      const child = current.children.get(part);
      if (child?.type !== 'directory')
        throw new FileProblem('not-directory', `/${parts.slice(0, at + 1).join('/')} is not a directory`);
      const own = Directory.own(child, this.#mark);
      if (own !== child) current.children.set(part, own);
      current = own;
    }
    return current;
  }
}

function checkDepth(parts: readonly string[]): void {
  if (parts.length > MAX_DEPTH)
    throw new FileProblem('unsupported', `a path has more than ${MAX_DEPTH} parts; no system takes so many`);
}

/** An empty directory. */
export function directory(metadata: Metadata): TreeDirectory {
  return new Directory(metadata, new Map(), undefined);
}

class Directory implements TreeDirectory {
  readonly type = 'directory';
  mode = 0;
  uid = 0;
  gid = 0;
  modified: Timestamp = { seconds: 0, nanoseconds: 0 };
  attributes: Metadata['attributes'];
  readonly children: Map<string, TreeNode>;
  /** The mark of the tree that may change this directory. */
  readonly #mark: object | undefined;

  constructor(metadata: Metadata, children: Map<string, TreeNode>, mark: object | undefined) {
    this.describe(metadata);
    this.children = children;
    this.#mark = mark;
  }

  /** The directory itself if it belongs to the tree with this mark, else a copy that does. */
  static own(source: TreeDirectory, mark: object): Directory {
    if (source instanceof Directory && source.#mark === mark) return source;
    return new Directory(source, new Map(source.entries), mark);
  }

  get entries(): ReadonlyMap<string, TreeNode> {
    return this.children;
  }

  async load(): Promise<ReadonlyMap<string, TreeNode>> {
    return this.children;
  }

  describe({ mode, uid, gid, modified, attributes }: Metadata): void {
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.modified = modified;
    this.attributes = attributes;
  }
}
