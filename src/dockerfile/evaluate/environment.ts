/** The variables of a stage, and the operations of ENV and ARG on them. */
export class Environment {
  readonly #values: Map<string, string>;

  constructor(values: Iterable<readonly [string, string]> = []) {
    this.#values = new Map(values);
  }

  /** The value of a variable; undefined if it is not set. It can be passed as `Variables`. */
  readonly get = (name: string): string | undefined => this.#values.get(name);

  /** Sets a variable, as ENV does. */
  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** The names and values, in the order in which the variables were set first. */
  entries(): ReadonlyMap<string, string> {
    return this.#values;
  }

  /** A copy that can be changed on its own. */
  copy(): Environment {
    return new Environment(this.#values);
  }
}
