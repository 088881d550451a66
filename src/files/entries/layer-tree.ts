import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { archivePath, markerOf, ROOT } from '../../mutate/merge/archive-path.js';
import type { LayerFile } from './layer-file.js';

/** Paths of file systems have at most 4096 bytes. */
const MAX_DEPTH = 8192;

/** A path of one layer: what the layer has there, and what it hides there in the layers below. */
export interface LayerNode {
  children: Map<string, LayerNode> | undefined;
  /** The last entry of this path, unless a later entry replaced it. */
  file: LayerFile | undefined;
  /** Whether an entry lies below this path, so that it is a directory. */
  isImplied: boolean;
  /** Whether entries of this path in lower layers are hidden. */
  hidesSelf: boolean;
  /** Whether everything below this path in lower layers is hidden. */
  hidesBelow: boolean;
}

/** Counts the paths of all layers of an image against `maxEntries`. */
export class PathBudget {
  readonly #max: number;
  #used = 0;

  constructor(maxEntries: number) {
    this.#max = maxEntries;
  }

  take(): void {
    this.#used += 1;
    if (this.#used > this.#max)
      throw new LimitExceededError('image: the number of paths', this.#max, 'maxEntries');
  }
}

/**
 * The entries of one layer as a tree. A later entry replaces an earlier entry of the same path, as when a tar is unpacked.
 * Hard links are bound to the entry that their target is when the link is read, or else to the entry that it is at the end.
 *
 * The rules are those of `mutate.extract`: names are taken literally, so that an entry below a path makes a directory of it
 * even if a lower layer has a symbolic link there.
 */
export class LayerTree {
  readonly root = newNode();
  readonly #budget: PathBudget;
  readonly #targets = new Map<LayerFile, LayerFile>();
  /** Links whose target has no entry yet. */
  readonly #sought: { readonly link: LayerFile; readonly target: string }[] = [];

  constructor(budget: PathBudget) {
    this.#budget = budget;
  }

  /**
   * Adds the next entry of the tar.
   *
   * @throws UnsafePathError if its name, or the target of a hard link, leads outside the root
   */
  add(file: LayerFile): void {
    const { path, header } = file;
    const marker = markerOf(path);
    if (marker !== undefined) {
      const node = this.#make(marker.path, false);
      node.hidesBelow = true;
      if (marker.kind === 'whiteout') node.hidesSelf = true;
      return;
    }
    if (path === ROOT && header.type !== 'directory')
      throw new UnsafePathError('layer: the root has an entry that is not a directory');
    if (header.type === 'link') this.#bind(file, archivePath(header.linkName));
    const node = this.#make(path, true);
    node.file = file;
    node.hidesSelf = true;
    if (header.type === 'directory') return;
    node.hidesBelow = true;
    node.isImplied = false;
    node.children = undefined;
  }

  /** Call this after the last entry. It binds the links that stand before their target. */
  finish(): void {
    for (const { link, target } of this.#sought) {
      const found = this.at(target)?.file;
      if (found === undefined || found.header.type === 'directory' || this.#last(found) === link) continue;
      this.#targets.set(link, found);
    }
    this.#sought.length = 0;
  }

  /** The entry of this layer of which a hard link is a name; undefined if the target is in a lower layer. */
  targetOf(link: LayerFile): LayerFile | undefined {
    return this.#targets.get(link);
  }

  /** The node of a clean path; undefined if the layer says nothing about the path. */
  at(path: string): LayerNode | undefined {
    let node: LayerNode | undefined = this.root;
    if (path === ROOT) return node;
    for (const part of path.split('/')) node = node?.children?.get(part);
    return node;
  }

  #bind(link: LayerFile, target: string): void {
    const found = this.at(target)?.file;
    if (found !== undefined && found.header.type !== 'directory') this.#targets.set(link, found);
    else this.#sought.push({ link, target });
  }

  #last(file: LayerFile): LayerFile {
    let last = file;
    for (let next = this.#targets.get(last); next !== undefined; next = this.#targets.get(last)) last = next;
    return last;
  }

  /** The node of a path, which is created if necessary. `implies` makes directories of the paths above it. */
  #make(path: string, implies: boolean): LayerNode {
    let node = this.root;
    if (path === ROOT) return node;
    const parts = path.split('/');
    if (parts.length > MAX_DEPTH)
      throw new ArchiveInvalidError(
        `layer: the path ${JSON.stringify(path.slice(0, 100))}... has more than ${MAX_DEPTH} parts; no file system takes so many`,
      );
    for (const part of parts) {
      if (implies) {
        node.isImplied = true;
        // Something below replaces a file by a directory.
        if (node.file !== undefined && node.file.header.type !== 'directory') node.file = undefined;
      }
      const children = (node.children ??= new Map<string, LayerNode>());
      let child = children.get(part);
      if (child === undefined) {
        this.#budget.take();
        child = newNode();
        children.set(part, child);
      }
      node = child;
    }
    return node;
  }
}

function newNode(): LayerNode {
  return { children: undefined, file: undefined, isImplied: false, hidesSelf: false, hidesBelow: false };
}
