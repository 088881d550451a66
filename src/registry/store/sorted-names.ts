/**
 * A set of names that lists them in ASCII order. Changes are applied when the list is requested: a few changes are inserted
 * into the existing list, and after many the list is sorted again. So neither a push nor a list after it sorts all names.
 */
export class SortedNames<T extends string = string> {
  readonly #names = new Set<T>();
  #sorted: readonly T[] = [];
  /** Names that were added or deleted after the list was made. */
  #changed = new Set<T>();

  add(name: T): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#changed.add(name);
  }

  delete(name: T): void {
    if (this.#names.delete(name)) this.#changed.add(name);
  }

  list(): readonly T[] {
    if (this.#changed.size === 0) return this.#sorted;
    this.#sorted = this.#changed.size > RESORT_ABOVE ? [...this.#names].sort() : this.#adjusted();
    this.#changed = new Set();
    return this.#sorted;
  }

  /** Returns a new list, because callers may still read the old one. */
  #adjusted(): readonly T[] {
    const list = [...this.#sorted];
    for (const name of this.#changed) {
      const at = firstAtOrAfter(list, name);
      const isListed = list[at] === name;
      if (this.#names.has(name) === isListed) continue;
      if (isListed) list.splice(at, 1);
      else list.splice(at, 0, name);
    }
    return list;
  }
}

/** With more changes than this, sorting is faster than inserting each of them. */
const RESORT_ABOVE = 64;

function firstAtOrAfter(list: readonly string[], name: string): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
