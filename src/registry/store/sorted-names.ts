/** A set of names that lists them in ASCII order. Sorts when it is asked after a change, not at every change. */
export class SortedNames {
  readonly #names = new Set<string>();
  #sorted: readonly string[] | undefined;

  add(name: string): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    this.#sorted = undefined;
  }

  delete(name: string): void {
    if (this.#names.delete(name)) this.#sorted = undefined;
  }

  list(): readonly string[] {
    return (this.#sorted ??= [...this.#names].sort());
  }
}
