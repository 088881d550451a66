interface Node<T> {
  readonly value: T;
  before: Node<T> | undefined;
  after: Node<T> | undefined;
}

/**
 * Values in the order in which they were last used. It is a linked list, so that each step takes the same time however
 * many values there are: a `Map` keeps the places of deleted entries, and finding its first one walks over them.
 */
export class UseOrder<T> {
  readonly #nodes = new Map<T, Node<T>>();
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;

  get size(): number {
    return this.#nodes.size;
  }

  /** The value whose last use is the longest ago. */
  get oldest(): T | undefined {
    return this.#first?.value;
  }

  /** Puts the value at the end, as the one that was used last. */
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
