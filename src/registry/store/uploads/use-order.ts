interface Node<T> {
  readonly value: T;
  before: Node<T> | undefined;
  after: Node<T> | undefined;
}

/**
 * Values in the order of their last use. It is a linked list, so that the time of each step does not depend on the number of
 * values. A `Map` alone would be slower: it keeps the slots of deleted entries, and a search for its first entry visits them.
 */
export class UseOrder<T> {
  readonly #nodes = new Map<T, Node<T>>();
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;

  get size(): number {
    return this.#nodes.size;
  }

  /** The value whose last use is the earliest. */
  get oldest(): T | undefined {
    return this.#first?.value;
  }

  /** Moves the value to the end, as the one used last. */
  use(value: T): void {
    this.delete(value);
    const node: Node<T> = { value, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.after = node;
    this.#last = node;
    this.#nodes.set(value, node);
  }

  delete(value: T): boolean {
    const node = this.#nodes.get(value);
    if (node === undefined) return false;
    this.#nodes.delete(value);
    if (node.before === undefined) this.#first = node.after;
    else node.before.after = node.after;
    if (node.after === undefined) this.#last = node.before;
    else node.after.before = node.before;
    return true;
  }
}
