import { expand, type Expansion, type LexerOptions } from '../expand/lexer.js';
import { Problem } from '../parts/problem.js';

/**
 * The maximum number of steps for the values of variables in one file. It is needed because `ENV A=$A$A` doubles a value with
 * each line, and each line after that can use the value.
 */
const MAX_STEPS = 1 << 25;

/** A reference that matches its value against a pattern, such as `${name%.*}`. */
const PATTERN = /\$\{\w{1,1000}[#%/]/;

/** What was read while a text was expanded. */
export class Probe {
  /** Variables that do not exist. */
  readonly undefined = new Set<string>();
  /** Whether a variable had no value. */
  isIncomplete = false;
}

/**
 * The variables of a stage. A stage that is built on another one starts with the variables of the other one, so a change
 * can be undone: copies would take time and memory in proportion to the number of stages and variables.
 */
export class Scope {
  /** A variable without a value exists, but its value is not known, or ARG does not give it one. */
  readonly #values = new Map<string, string | undefined>();
  readonly #changes: {
    readonly name: string;
    readonly existed: boolean;
    readonly value: string | undefined;
  }[] = [];
  #steps = 0;

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  names(): Iterable<string> {
    return this.#values.keys();
  }

  set(name: string, value: string | undefined): void {
    this.#changes.push({ name, existed: this.#values.has(name), value: this.#values.get(name) });
    this.#values.set(name, value);
  }

  /** The position to which {@link undo} returns. */
  get position(): number {
    return this.#changes.length;
  }

  undo(position: number): void {
    while (this.#changes.length > position) {
      const change = this.#changes.pop();
      if (change === undefined) return;
      if (change.existed) this.#values.set(change.name, change.value);
      else this.#values.delete(change.name);
    }
  }

  /**
   * Counts steps.
   *
   * @throws Problem once they are too many
   */
  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps <= MAX_STEPS) return;
    throw new Problem('size', 'the values of the variables are too long to check all instructions');
  }

  /** Reads variables for the expansion of a text, and notes in the probe which ones were missing. */
  reader(text: string, probe: Probe): (name: string) => string | undefined {
    // A pattern is compared with each character of a value.
    const factor = PATTERN.test(text) ? text.length : 1;
    return (name) => {
      const value = this.#values.get(name);
      if (value === undefined) probe.isIncomplete = true;
      else this.spend(value.length * factor);
      if (value === undefined && !this.#values.has(name)) probe.undefined.add(name);
      return value;
    };
  }

  /**
   * Expands a text.
   *
   * @throws Problem for a text that cannot be expanded, or once the values are too long
   */
  expand(text: string, probe: Probe, options: LexerOptions): Expansion {
    return expand(text, this.reader(text, probe), options);
  }
}
