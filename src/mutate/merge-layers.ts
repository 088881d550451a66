import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/abort.js';
import { readTar, type TarEntry, type TarHeader, type TarWriter } from '../internal/tar.js';
import type { Layer } from '../v1/layer.js';
import { ROOT } from './archive-path.js';
import { hiddenFiles } from './hidden-files.js';
import { Hiding, takesAway } from './hiding.js';
import type { Inode, LinkName } from './inode.js';
import { LayerIndex, type LayerIndexOptions, type Place } from './layer-index.js';
import { openedFromTop } from './opened-layers.js';

/** What takes the entries. */
export type EntryWriter = Pick<TarWriter, 'add'>;

/** Layers to merge, the lowest first. */
export interface LayersToMerge {
  readonly layers: readonly Layer[];
  /** The layers that lie under them in the image. They are read only where a hard link leads into them. */
  readonly below?: readonly Layer[] | undefined;
}

/**
 * Writes what is seen of layers that lie one above the other.
 *
 * Layers are walked from the top, so that each entry is written, or known to be hidden, when it is
 * met. A file with several names is written where its content is: under its own name, or if that is
 * hidden under the first one that is not; the others follow as links.
 *
 * @returns what the layers hide of those under them.
 */
export async function mergeLayers(
  { layers, below = [] }: LayersToMerge,
  tar: EntryWriter,
  options: LayerIndexOptions,
  { signal }: AbortOptions,
): Promise<Hiding> {
  const hiding = new Hiding(options.maxEntries);
  let searching: readonly Inode[] = [];
  let left = layers.length + below.length;
  for await (const source of openedFromTop(layers, { signal })) {
    left -= 1;
    searching = await new LayerPass(hiding, tar, options, signal).run(source, searching, left > 0);
  }
  if (searching.length > 0 && below.length > 0) {
    hiding.hideEverything();
    for await (const source of openedFromTop(below, { signal })) {
      searching = await new LayerPass(hiding, tar, options, signal).run(source, searching, false);
      if (searching.length === 0) break;
    }
  }
  for (const inode of searching) throw dangling(inode);
  return hiding;
}

/** Reads one layer, and writes what is seen of it. */
class LayerPass {
  readonly #hiding: Hiding;
  readonly #tar: EntryWriter;
  readonly #signal: AbortSignal | undefined;
  readonly #index: LayerIndex;
  readonly #hidden = hiddenFiles();

  constructor(hiding: Hiding, tar: EntryWriter, options: LayerIndexOptions, signal: AbortSignal | undefined) {
    this.#hiding = hiding;
    this.#tar = tar;
    this.#signal = signal;
    this.#index = new LayerIndex(options);
  }

  /**
   * Takes links of upper layers that look for their target; gives those that have to look further down.
   * What the layer hides of others need not be known if there are none.
   */
  async run(source: Readable, fromAbove: readonly Inode[], hides: boolean): Promise<readonly Inode[]> {
    try {
      let number = 0;
      for await (const entry of readTar(source, { signal: this.#signal })) {
        await this.#take(number, entry);
        number += 1;
      }
      const searching = this.#placeLinks(fromAbove);
      await this.#writeLinks();
      if (hides) this.#hiding.absorb(this.#index);
      return searching;
    } finally {
      await this.#hidden.close();
    }
  }

  async #take(number: number, entry: TarEntry): Promise<void> {
    const { header } = entry;
    const place = this.#index.add(header);
    if (place === undefined) return;
    const visible = this.#hiding.shows(place);
    const inode = header.type === 'link' ? this.#index.inodeOf(number) : undefined;
    if (inode !== undefined)
      await this.#takeLink(inode, { path: place.path, entry: number, header }, visible);
    else if (visible && isNews(place, header)) await copyEntry(this.#tar, entry, place.path);
    else if (!visible && !place.isFolder) await this.#hidden.keep(number, entry, place.path);
  }

  async #takeLink(inode: Inode, name: LinkName, visible: boolean): Promise<void> {
    if (!visible) return;
    const target = this.#nameOf(inode);
    if (target === undefined) inode.names.push(name);
    else await this.#writeLink(inode, name, target);
  }

  /** A name under which the content can be found in what was written. */
  #nameOf(inode: Inode): string | undefined {
    const { source, target, written } = inode;
    if (source !== undefined && written.length === 0) {
      const place = this.#index.placeOf(target);
      if (place !== undefined && this.#hiding.shows(place)) written.push(target);
    }
    return written.find((name) => this.#index.isNameOf(name, inode));
  }

  async #writeLink(inode: Inode, { path, header }: LinkName, target: string): Promise<void> {
    inode.written.push(path);
    await this.#tar.add({ ...header, name: path, linkName: target });
  }

  /** Brings names together with content that stands behind them, or in this layer for those of upper ones. */
  #placeLinks(fromAbove: readonly Inode[]): readonly Inode[] {
    const index = this.#index;
    index.keepNames((path, entry) => index.has(path, entry));
    index.finish();
    const unresolved = fromAbove.filter((inode) => !index.resolve(inode));
    const markers = new Set(unresolved.length === 0 ? [] : index.markers.map(({ path }) => path));
    for (const inode of unresolved) {
      if (takesAway(index, markers, inode.target)) throw dangling(inode);
    }
    return [...unresolved, ...index.searching.filter(({ names }) => names.length > 0)];
  }

  /** Writes the names that waited for the end of the layer. */
  async #writeLinks(): Promise<void> {
    const wanted = new Map<number, Inode>();
    for (const inode of this.#index.inodes) {
      if (inode.source === undefined || inode.names.length === 0) continue;
      const target = this.#nameOf(inode);
      if (target === undefined) wanted.set(inode.source, inode);
      else for (const name of inode.names) await this.#writeLink(inode, name, target);
    }
    for await (const [number, entry] of this.#hidden.read(new Set(wanted.keys()), { signal: this.#signal })) {
      const [first, ...others] = wanted.get(number)?.names ?? [];
      if (first === undefined) continue;
      await copyEntry(this.#tar, entry, first.path);
      for (const { path, header } of others) {
        await this.#tar.add({ ...header, name: path, linkName: first.path });
      }
      wanted.delete(number);
    }
    for (const { target } of wanted.values()) {
      throw new UnsupportedError(
        `layer: ${JSON.stringify(target)} is replaced in the layer that links to it`,
      );
    }
  }
}

/** Many layers name a folder again and again; what says the same is written once. */
function isNews(place: Place, { mode, uid, gid, mtime, userName, groupName, pax }: TarHeader): boolean {
  const before = place.folder;
  place.folder = place.isFolder
    ? JSON.stringify([mode, uid, gid, mtime, userName, groupName, pax])
    : undefined;
  return before === undefined || before !== place.folder;
}

async function copyEntry(tar: EntryWriter, entry: TarEntry, path: string): Promise<void> {
  const { header } = entry;
  const name = header.type !== 'directory' ? path : path === ROOT ? './' : `${path}/`;
  await tar.add({ ...header, name }, entry);
}

function dangling({ names, target }: Inode): ArchiveInvalidError {
  const [link, ...others] = names.map(({ path }) => JSON.stringify(path));
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return new ArchiveInvalidError(
    `layer: the hard link ${link ?? ''}${more} leads to ${JSON.stringify(target)}, which no layer below has`,
  );
}
