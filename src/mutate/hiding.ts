import { LimitExceededError } from '../errors/limit-exceeded.js';
import { isMetadata, type Marker, parentOf } from './archive-path.js';
import type { LayerIndex, Place } from './layer-index.js';

/** A lower layer's entry of this path is hidden, unless it is a folder. */
const FOLDER = 1;
/** A lower layer's entry of this path is hidden, whatever it is. */
const SELF = 2;
/** Everything below this path is hidden in lower layers. */
const BELOW = 4;

/** What a layer has under a path; a folder is implied if it has no entry of its own. */
export type Written = 'folder' | 'implied' | 'other';

/** What the layers that were walked through so far, from the top, hide of the layers below them. */
export class Hiding {
  readonly #paths = new Map<string, number>();
  readonly #maxEntries: number;
  #everything = false;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** Whether the layers above leave a place of the next layer visible. */
  shows(place: Place): boolean {
    if (this.#everything) return false;
    const flags = this.#paths.get(place.path) ?? 0;
    const hides = place.isFolder ? SELF : SELF | FOLDER;
    if ((flags & hides) !== 0 || isMetadata(place.path)) return false;
    for (let above = place.parent; above !== undefined; above = above.parent) {
      if (((this.#paths.get(above.path) ?? 0) & BELOW) !== 0) return false;
    }
    return true;
  }

  /** Adds what a layer hides of those below it, also by entries that are hidden themselves. */
  absorb(layer: LayerIndex): void {
    for (const { path, last, cut, implied } of layer.places) {
      if (isMetadata(path)) continue;
      this.#add(path, (implied >= 0 ? FOLDER : 0) | (last >= 0 ? SELF : 0) | (cut >= 0 ? BELOW : 0));
    }
    for (const { kind, path } of layer.markers) this.#add(path, kind === 'opaque' ? BELOW : SELF | BELOW);
  }

  /** From here on nothing is visible. */
  hideEverything(): void {
    this.#everything = true;
  }

  /**
   * What a layer has to mark as gone, to hide the same of the layers below it as those that were
   * absorbed, if it has the entries `written`.
   */
  markers(written: ReadonlyMap<string, Written>): readonly Marker[] {
    const found: Marker[] = [];
    for (const [path, flags] of this.#paths) {
      if ((flags & BELOW) === 0 || this.#isBelow(parentOf(path))) continue;
      const there = written.get(path);
      if (there === 'other') continue;
      found.push({ kind: there !== undefined || (flags & SELF) === 0 ? 'opaque' : 'whiteout', path });
    }
    return found;
  }

  /** Whether an entry of this path, a folder's too, is hidden. */
  hides(path: string): boolean {
    return ((this.#paths.get(path) ?? 0) & SELF) !== 0;
  }

  /** Whether everything in this folder is hidden. */
  #isBelow(folder: string | undefined): boolean {
    for (let at = folder; at !== undefined; at = parentOf(at)) {
      if (((this.#paths.get(at) ?? 0) & BELOW) !== 0) return true;
    }
    return false;
  }

  #add(path: string, flags: number): void {
    const before = this.#paths.get(path);
    if (before === undefined && this.#paths.size >= this.#maxEntries) {
      throw new LimitExceededError('image: the number of paths', this.#maxEntries, 'maxEntries');
    }
    this.#paths.set(path, (before ?? 0) | flags);
  }
}

/** Whether a layer takes away a file of the layers below it, and has none in its place. */
export function takesAway(layer: LayerIndex, markers: ReadonlySet<string>, path: string): boolean {
  // A place that is no file is a folder.
  if (layer.placeOf(path) !== undefined || markers.has(path)) return true;
  for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
    if ((layer.placeOf(above)?.cut ?? -1) >= 0 || markers.has(above)) return true;
  }
  return false;
}
