/** The variables of a stage, and the operations of ENV and ARG on them. */
export class Environment {
  readonly #values: Map<string, string>;

  constructor(values: Iterable<readonly [string, string]> = []) {
    this.#values = new Map(values);
  }

  /** The value of a variable; undefined if it is not set. It can be passed as `Variables`. */
  readonly get = (name: string): string | undefined => this.#values.get(name);

  /** Sets or replaces a variable. */
  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** All variables, in the order in which they were first set. */
  entries(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /** A copy that can be changed on its own. */
  copy(): Environment {
    return new Environment(this.#values);
  }
}
