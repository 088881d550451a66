import { UnsafePathError } from '../errors/unsafe-path.js';
import type { TarHeader } from '../internal/tar-header.js';
import { climbs, type Marker, ROOT } from './archive-path.js';
import type { Inode } from './inode.js';
import type { PathNode, PathTree } from './path-tree.js';

/** What a layer says about one path. Entries are numbered in the order in which they stand in the layer. */
export interface Place {
  readonly node: PathNode;
  /** The last entry under this path; -1 for a directory that is only implied by what lies in it. */
  last: number;
  isFolder: boolean;
  /** Whether the layers above let the last entry be seen. */
  isVisible: boolean;
  /** The last entry that made this path something else than a directory, and so removed what was below it. */
  cut: number;
  /** The last entry below this path, which made it a directory. */
  implied: number;
  /** What was written of a directory, to know whether another entry says anything new. */
  folder: TarHeader | undefined;
  /** The file with several names that the last entry is a name of. */
  inode: Inode | undefined;
  /** The last entry, if it is a hard link that could not be written yet. */
  pending: TarHeader | undefined;
}

export interface LayerIndexOptions {
  readonly climbingLinks: 'keep' | 'refuse';
}

/**
 * The names in one layer: which entry each path has in the end, and what is gone.
 *
 * A later entry replaces an earlier one of the same path, as it does where a tar is unpacked.
 */
export class LayerIndex {
  readonly #tree: PathTree;
  readonly #climbingLinks: 'keep' | 'refuse';
  /** All paths, those of implied directories too. */
  readonly places: Place[] = [];
  /** What is marked as gone. A whiteout says all that an opaque marker of the same path says, and more. */
  readonly markers = new Map<PathNode, Marker['kind']>();

  constructor(tree: PathTree, { climbingLinks }: LayerIndexOptions) {
    this.#tree = tree;
    this.#climbingLinks = climbingLinks;
  }

  mark({ kind, path }: Marker): void {
    const node = this.#tree.at(path);
    if (this.markers.get(node) !== 'whiteout') this.markers.set(node, kind);
  }

  /** Takes in an entry with a clean path. */
  put(path: string, { type, linkName }: TarHeader, entry: number): Place {
    if (path === ROOT && type !== 'directory') {
      throw new UnsafePathError('layer: an entry that is no folder has the name of the root');
    }
    if (type === 'symlink' && this.#climbingLinks === 'refuse' && climbs(path, linkName)) {
      throw new UnsafePathError(`layer: the link ${JSON.stringify(path)} leads outside the root`);
    }
    const place = this.#placeOf(this.#tree.at(path));
    place.last = entry;
    place.isFolder = type === 'directory';
    place.inode = undefined;
    place.pending = undefined;
    if (!place.isFolder) place.cut = entry;
    for (let above = place.node.parent; above !== undefined; above = above.parent) {
      this.#placeOf(above).implied = entry;
    }
    return place;
  }

  /** To be called when the layer is done: the nodes get ready for the next one. */
  close(): void {
    for (const { node } of this.places) node.place = undefined;
  }

  #placeOf(node: PathNode): Place {
    let { place } = node;
    if (place === undefined) {
      place = newPlace(node);
      node.place = place;
      this.places.push(place);
    }
    return place;
  }
}

/** The place of a path that is something else than a directory now. */
export function fileAt({ place }: PathNode): Place | undefined {
  return place === undefined || place.isFolder || !isLive(place) ? undefined : place;
}

/** Whether the last entry of a path is still there: neither it nor what it lies in became something else afterwards. */
export function isLive({ node, last, isFolder, implied }: Place): boolean {
  if (last === -1 || (!isFolder && implied > last)) return false;
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (above.place !== undefined && above.place.cut > last) return false;
  }
  return true;
}

function newPlace(node: PathNode): Place {
  return {
    node,
    last: -1,
    isFolder: false,
    isVisible: false,
    cut: -1,
    implied: -1,
    folder: undefined,
    inode: undefined,
    pending: undefined,
  };
}
