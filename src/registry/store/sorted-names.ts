/**
 * A set of names that lists them in ASCII order. Changes are taken in when it is asked: a few are put into the list that
 * there is, after many it is sorted anew, so that neither pushes nor lists between pushes sort all names each time.
 */
export class SortedNames<T extends string = string> {
  readonly #names = new Set<T>();
  #sorted: readonly T[] = [];
  /** Names that were added or deleted since the list was made. */
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
    this.#sorted = this.#changed.size > MANY ? [...this.#names].sort() : this.#adjusted();
    this.#changed = new Set();
    return this.#sorted;
  }

  /** The list is a new one: whoever has the old one may still read it. */
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

/** Changes after which sorting is faster than putting each in its place. */
const MANY = 64;

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
