import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { readTar, type TarEntry, type TarHeader, type TarWriter } from '../../internal/tar/tar.js';
import type { Layer } from '../../v1/layer.js';
import { archivePath, markerOf, ROOT } from './archive-path.js';
import { danglingLink } from './dangling-link.js';
import type { HiddenPaths } from './hidden-paths.js';
import { pendingLinksOf } from './inode.js';
import { layerError } from '../layers/layer-error.js';
import { LayerIndex, type LayerIndexOptions } from './layer-index.js';
import { LayerLinks } from './layer-links.js';
import type { Inode, PendingLink, PathNode } from './path-node.js';
import { pathOf, type PathTree } from './path-tree.js';
import { readAgain } from './read-again.js';
import type { WantedFiles } from './wanted-files.js';

/** The writer of the merged tar. */
export type EntryWriter = Pick<TarWriter, 'add'>;

/** State that all layers of one merge share. */
export interface MergeContext extends AbortOptions {
  readonly tree: PathTree;
  readonly hidden: HiddenPaths;
  readonly wanted: WantedFiles;
  readonly tar: EntryWriter;
  readonly options: LayerIndexOptions;
}

/** The longest link target, in bytes, that fits into a tar header without an extended record. */
const SHORT_TARGET_BYTES = 100;

/** Reads one layer and writes its visible entries. */
export class LayerPass {
  readonly #merge: MergeContext;
  readonly #layer: Layer;
  readonly #at: number;
  readonly #index: LayerIndex;
  readonly #links: LayerLinks;

  /** @param at - the position of the layer in the image, 0 for the lowest. */
  constructor(merge: MergeContext, layer: Layer, at: number) {
    this.#merge = merge;
    this.#layer = layer;
    this.#at = at;
    this.#index = new LayerIndex(merge.tree, merge.options);
    this.#links = new LayerLinks(merge.tree);
  }

  /** @param hides - whether there are layers below, in which this layer may hide paths. */
  async run(tar: Readable, hides: boolean): Promise<void> {
    const { hidden: hidden, signal } = this.#merge;
    try {
      let number = 0;
      for await (const entry of readTar(tar, { signal })) {
        await this.#take(number, entry);
        number += 1;
      }
    } catch (error) {
      throw await layerError(error, this.#layer, this.#at, { signal });
    }
    await this.#writeLinks(await this.#resolveLinks());
    if (hides) await hidden.addLayer(this.#index);
    await this.#index.close();
  }

  async #take(number: number, entry: TarEntry): Promise<void> {
    const { header } = entry;
    const path = archivePath(header.name);
    const marker = markerOf(path);
    if (marker !== undefined) {
      this.#index.mark(marker);
      return;
    }
    if (header.type === 'link') {
      await this.#takeLink(number, path, header);
      return;
    }
    const node = this.#index.put(path, header, number);
    if (this.#merge.hidden.isVisible(node) && isNewInformation(node, header))
      await this.#copyEntry(entry, node, path);
  }

  async #takeLink(number: number, path: string, header: TarHeader): Promise<void> {
    const { hidden: hidden } = this.#merge;
    // The target is looked up before the link is added, because the link may have the same path.
    const linkName = archivePath(header.linkName);
    const { inode, named } = this.#links.target(linkName);
    const isWritten = named !== undefined && named.details?.pending === undefined && hidden.isVisible(named);
    const node = this.#index.put(path, header, number);
    const isVisible = hidden.isVisible(node);
    this.#links.link(node, inode, isVisible && !isWritten ? header : undefined);
    // A link to itself has no effect, and some programs remove the file before they make the link.
    if (isVisible && isWritten && node !== named) await this.#writeLink({ node, header }, linkName);
  }

  /** Resolves links to their content. @returns the files of this layer that have pending links. */
  async #resolveLinks(): Promise<readonly Inode[]> {
    const { wanted } = this.#merge;
    const { found, unresolved: sought } = await this.#links.finish();
    const foundFromAbove = await wanted.find(this.#index, this.#links);
    const lost = await wanted.findLost(this.#index);
    if (lost !== undefined) throw danglingLink(lost);
    for (const inode of new Set([...sought, ...foundFromAbove])) {
      if (inode.contentEntry === undefined) wanted.add(inode);
    }
    return [...new Set([...found, ...foundFromAbove])].filter(
      ({ contentEntry: source }) => source !== undefined,
    );
  }

  /** Writes the links that were pending until the end of the layer. */
  async #writeLinks(inodes: readonly Inode[]): Promise<void> {
    if (inodes.length === 0) return;
    for await (const [inode, node] of this.#links.presentNames()) {
      if (this.#merge.hidden.isVisible(node))
        inode.writtenPath = preferredTarget(inode.writtenPath, pathOf(node));
    }
    const hidden = new Map<number, Inode>();
    for (const inode of inodes) {
      if (inode.writtenPath !== undefined) await this.#writeNames(pendingLinksOf(inode), inode.writtenPath);
      else if (inode.contentEntry !== undefined) hidden.set(inode.contentEntry, inode);
    }
    if (hidden.size === 0) return;
    const paths = new Map([...hidden].map(([number, { target }]) => [number, pathOf(target)] as const));
    for await (const [number, entry] of readAgain(this.#layer, paths, this.#merge)) {
      const inode = hidden.get(number);
      if (inode === undefined) continue;
      const names = pendingLinksOf(inode);
      const first = names.next().value;
      if (first === undefined) continue;
      const path = pathOf(first.node);
      await this.#copyEntry(entry, first.node, path);
      await this.#writeNames(names, path);
    }
  }

  async #writeNames(names: Iterable<PendingLink>, written: string): Promise<void> {
    let target = written;
    for (const name of names) {
      const path = await this.#writeLink(name, target);
      target = preferredTarget(target, path);
    }
  }

  async #writeLink({ node, header }: PendingLink, target: string): Promise<string> {
    const path = pathOf(node);
    this.#merge.hidden.recordWritten(node, false);
    await this.#merge.tar.add({ ...header, name: path, linkName: target });
    return path;
  }

  async #copyEntry(entry: TarEntry, node: PathNode, path: string): Promise<void> {
    const { header } = entry;
    const isDirectory = header.type === 'directory';
    this.#merge.hidden.recordWritten(node, isDirectory);
    const name = !isDirectory ? path : path === ROOT ? './' : `${path}/`;
    await this.#merge.tar.add({ ...header, name }, entry);
  }
}

/**
 * Which of two names of a file links should lead to: the first, unless it is long and the other is shorter. Each link
 * repeats the name, so many links to a long name could take more space than the layer itself.
 */
function preferredTarget(before: string | undefined, path: string): string {
  if (before === undefined) return path;
  return before.length > SHORT_TARGET_BYTES && path.length < before.length ? path : before;
}

/** Many layers repeat the same directory. Entries with equal metadata are written once. */
function isNewInformation(node: PathNode, header: TarHeader): boolean {
  if (header.type !== 'directory') return true;
  const before = node.details?.directory;
  node.details = { directory: header };
  return before === undefined || !isSameDirectory(before, header);
}

function isSameDirectory(one: TarHeader, other: TarHeader): boolean {
  return (
    DIRECTORY_FIELDS.every((field) => one[field] === other[field]) && haveSameRecords(one.pax, other.pax)
  );
}

const DIRECTORY_FIELDS = ['mode', 'uid', 'gid', 'mtime', 'userName', 'groupName'] as const;

function haveSameRecords(one: TarHeader['pax'], other: TarHeader['pax']): boolean {
  if (one === other) return true;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
