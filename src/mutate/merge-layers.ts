import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import type { AbortOptions } from '../internal/abort.js';
import { readTar, type TarEntry, type TarHeader, type TarWriter } from '../internal/tar.js';
import type { Layer } from '../v1/layer.js';
import { archivePath, markerOf, ROOT } from './archive-path.js';
import { copyBody } from './copy-body.js';
import { Hiding, takesAway } from './hiding.js';
import type { Inode } from './inode.js';
import type { LayerIndex, LayerIndexOptions } from './layer-index.js';
import { type SpooledLayer, spooledFromTop } from './spooled-layer.js';

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
  for await (const layer of spooledFromTop(layers, options, { signal })) {
    searching = placeLinks(layer.index, hiding, searching);
    await writeLayer(layer, hiding, tar, { signal });
    hiding.absorb(layer.index);
  }
  if (searching.length > 0 && below.length > 0) {
    hiding.hideEverything();
    for await (const layer of spooledFromTop(below, options, { signal })) {
      searching = placeLinks(layer.index, hiding, searching);
      await writeLayer(layer, hiding, tar, { signal });
      if (searching.length === 0) break;
    }
  }
  for (const inode of searching) throw dangling(inode);
  return hiding;
}

/** Brings names together with the content that this layer has for them; gives those that have to look further down. */
function placeLinks(index: LayerIndex, hiding: Hiding, fromAbove: readonly Inode[]): readonly Inode[] {
  index.keepNames((path, entry) => isVisible(index, hiding, path, entry));
  const unresolved = fromAbove.filter((inode) => !index.resolve(inode));
  const markers = new Set(unresolved.length === 0 ? [] : index.markers.map(({ path }) => path));
  for (const inode of unresolved) {
    if (takesAway(index, markers, inode.target)) throw dangling(inode);
  }
  return [...unresolved, ...index.searching.filter(({ names }) => names.length > 0)];
}

async function writeLayer(
  { index, tar: spool }: SpooledLayer,
  hiding: Hiding,
  tar: EntryWriter,
  { signal }: AbortOptions,
): Promise<void> {
  let number = -1;
  for await (const entry of readTar(spool.open(), { signal })) {
    number += 1;
    const { header } = entry;
    const path = archivePath(header.name);
    if (markerOf(path) !== undefined) continue;
    const inode = index.inodeOf(number);
    const visible = isVisible(index, hiding, path, number);
    if (inode === undefined) {
      if (visible) await copyEntry(tar, entry, path);
    } else if (inode.source === number) {
      const first = visible ? path : firstVisible(inode, index, hiding);
      if (first !== undefined) await writeInode(tar, entry, inode, first);
    } else if (visible && inode.followers.has(number) && inode.written !== path) {
      await writeLink(tar, header, path, inode);
    }
  }
}

function isVisible(index: LayerIndex, hiding: Hiding, path: string, entry: number): boolean {
  const place = index.live(path, entry);
  return place !== undefined && hiding.shows(place);
}

function firstVisible(inode: Inode, index: LayerIndex, hiding: Hiding): string | undefined {
  const [waiting] = inode.names;
  if (waiting !== undefined) return waiting.path;
  for (const [entry, path] of inode.followers) {
    if (isVisible(index, hiding, path, entry)) return path;
  }
  return undefined;
}

async function writeInode(tar: EntryWriter, entry: TarEntry, inode: Inode, name: string): Promise<void> {
  inode.written = name;
  await copyEntry(tar, entry, name);
  for (const { path, header } of inode.names) {
    if (path !== name) await writeLink(tar, header, path, inode);
  }
}

async function writeLink(tar: EntryWriter, header: TarHeader, path: string, inode: Inode): Promise<void> {
  await tar.add({ ...header, name: path, linkName: inode.written });
}

async function copyEntry(tar: EntryWriter, entry: TarEntry, path: string): Promise<void> {
  const { header } = entry;
  const name = header.type !== 'directory' ? path : path === ROOT ? './' : `${path}/`;
  await tar.add({ ...header, name }, await copyBody(entry));
}

function dangling({ names, target }: Inode): ArchiveInvalidError {
  const [link, ...others] = names.map(({ path }) => JSON.stringify(path));
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return new ArchiveInvalidError(
    `layer: the hard link ${link ?? ''}${more} leads to ${JSON.stringify(target)}, which no layer below has`,
  );
}
