import { LimitExceededError } from '../errors/limit-exceeded.js';
import { UnsafePathError } from '../errors/unsafe-path.js';
import type { TarHeader } from '../internal/tar-header.js';
import { archivePath, climbs, type Marker, markerOf, parentOf, ROOT } from './archive-path.js';
import { finalInode, type Inode } from './inode.js';

/** What a layer says about one path. Entries are numbered in the order in which they stand in the layer. */
export interface Place {
  readonly path: string;
  readonly parent: Place | undefined;
  /** The last entry under this path; -1 for a folder that is only implied by what lies in it. */
  last: number;
  isFolder: boolean;
  /** The last entry that made this path something else than a folder, and so removed what was below it. */
  cut: number;
  /** The last entry below this path, which made it a folder. */
  implied: number;
  /** What was written of a folder, to know whether another entry says anything new. */
  folder?: string | undefined;
}

export interface LayerIndexOptions {
  readonly maxEntries: number;
  readonly climbingLinks: 'keep' | 'refuse';
}

/**
 * The names in one layer: which entry each path has in the end, and which entries are one file under
 * several names.
 *
 * A later entry replaces an earlier one of the same path, as it does where a tar is unpacked.
 */
export class LayerIndex {
  readonly #options: LayerIndexOptions;
  readonly #places = new Map<string, Place>();
  readonly #inodes = new Map<number, Inode>();
  #searching: Inode[] = [];
  readonly markers: Marker[] = [];
  #entries = 0;

  constructor(options: LayerIndexOptions) {
    this.#options = options;
  }

  /** All paths, those of implied folders too. */
  get places(): Iterable<Place> {
    return this.#places.values();
  }

  /** Files that have names here, but whose content no entry of this layer has. */
  get searching(): readonly Inode[] {
    return this.#searching;
  }

  /** All files with several names. */
  get inodes(): Iterable<Inode> {
    return new Set(Array.from(this.#inodes.values(), finalInode));
  }

  /** Takes in the next entry; gives its place, or undefined for a marker. */
  add(header: TarHeader): Place | undefined {
    const entry = this.#entries++;
    const path = archivePath(header.name);
    const marker = markerOf(path);
    if (marker !== undefined) {
      if (this.markers.length >= this.#options.maxEntries) throw tooMany(this.#options.maxEntries);
      this.markers.push(marker);
      return undefined;
    }
    this.#check(path, header);
    if (header.type === 'link') this.#link(entry, header);
    const place = this.#place(path);
    place.last = entry;
    place.isFolder = header.type === 'directory';
    if (!place.isFolder) place.cut = entry;
    for (let above = place.parent; above !== undefined; above = above.parent) above.implied = entry;
    return place;
  }

  /** To be called after the last entry: links that stand before their target find it. */
  finish(): void {
    this.#searching = this.#searching.filter((inode) => !this.resolve(inode));
  }

  /** Finds the content that an inode of this or an upper layer looks for among the entries that are there in the end. */
  resolve(inode: Inode): boolean {
    const found = this.#inodeAt(inode.target);
    if (found === undefined || found === inode) return false;
    inode.merged = found;
    for (const name of inode.names) found.names.push(name);
    return true;
  }

  /** Whether a path still has an entry that it had. */
  has(path: string, entry: number): boolean {
    const place = this.#places.get(path);
    return place?.last === entry && isLive(place);
  }

  /** Whether a path is a name of a file now. */
  isNameOf(path: string, inode: Inode): boolean {
    const place = this.#places.get(path);
    return place !== undefined && isLive(place) && this.inodeOf(place.last) === inode;
  }

  placeOf(path: string): Place | undefined {
    return this.#places.get(path);
  }

  /** The file with several names that an entry is a name of. */
  inodeOf(entry: number): Inode | undefined {
    const inode = this.#inodes.get(entry);
    return inode === undefined ? undefined : finalInode(inode);
  }

  /** Drops names that nobody will see. */
  keepNames(isVisible: (path: string, entry: number) => boolean): void {
    for (const inode of this.inodes) {
      inode.names = inode.names.filter(({ path, entry }) => isVisible(path, entry));
    }
  }

  #check(path: string, { type, linkName }: TarHeader): void {
    if (path === ROOT && type !== 'directory') {
      throw new UnsafePathError('layer: an entry that is no folder has the name of the root');
    }
    if (type === 'symlink' && this.#options.climbingLinks === 'refuse' && climbs(path, linkName)) {
      throw new UnsafePathError(`layer: the link ${JSON.stringify(path)} leads outside the root`);
    }
  }

  #link(entry: number, header: TarHeader): void {
    const target = archivePath(header.linkName);
    const found = this.#inodeAt(target);
    const inode: Inode = found ?? { target, names: [], written: [] };
    if (found === undefined) this.#searching.push(inode);
    this.#inodes.set(entry, inode);
  }

  #inodeAt(path: string): Inode | undefined {
    const place = this.#places.get(path);
    if (place === undefined || place.isFolder || !isLive(place)) return undefined;
    const known = this.inodeOf(place.last);
    if (known !== undefined) return known;
    const inode: Inode = { target: path, source: place.last, names: [], written: [] };
    this.#inodes.set(place.last, inode);
    return inode;
  }

  #place(path: string): Place {
    const missing: string[] = [];
    let at: string | undefined = path;
    let place: Place | undefined;
    for (; at !== undefined && (place = this.#places.get(at)) === undefined; at = parentOf(at))
      missing.push(at);
    while ((at = missing.pop()) !== undefined) {
      if (this.#places.size >= this.#options.maxEntries) throw tooMany(this.#options.maxEntries);
      place = { path: at, parent: place, last: -1, isFolder: false, cut: -1, implied: -1 };
      this.#places.set(at, place);
    }
    if (place === undefined) throw new TypeError('a path has at least one part');
    return place;
  }
}

/** Whether the last entry of a path is still there: neither it nor what it lies in became something else afterwards. */
function isLive(place: Place): boolean {
  const { last } = place;
  if (last === -1 || (!place.isFolder && place.implied > last)) return false;
  for (let above = place.parent; above !== undefined; above = above.parent) {
    if (above.cut > last) return false;
  }
  return true;
}

function tooMany(maxEntries: number): LimitExceededError {
  return new LimitExceededError('layer: the number of paths', maxEntries, 'maxEntries');
}
