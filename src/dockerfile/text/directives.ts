import { Problem } from '../parts/problem.js';

/** The values of the directives at the top of a Dockerfile. */
export interface Directives {
  /** The escape and continuation character: `\` or a backtick. */
  readonly escape: '\\' | '`';
  /** The front end image that `# syntax=` names. It is not used: the language is the one of this package. */
  readonly syntax?: string | undefined;
  /** The value of `# check=`, such as `skip=all` or `error=true`. */
  readonly check?: string | undefined;
}

const DIRECTIVE = /^#[ \t\v\f\r]*([a-z][a-z0-9]*)[ \t\v\f\r]*=[ \t\v\f\r]*(\S.*)$/i;
const KNOWN: ReadonlySet<string> = new Set(['syntax', 'escape', 'check']);

/**
 * Reads directives line by line. They come before the first instruction, blank line and other comment, and each of
 * them only once. A comment that looks like a directive, such as `# foo=bar`, is another comment.
 */
export class DirectiveReader {
  escape: '\\' | '`' = '\\';
  syntax: string | undefined;
  check: string | undefined;
  readonly #seen = new Set<string>();
  #ended = false;

  /**
   * @returns whether the line is a directive.
   * @throws Problem for a directive that is given twice, or an escape character other than `\` and the backtick
   */
  read(line: string): boolean {
    if (this.#ended) return false;
    const [, name = '', rest = ''] = DIRECTIVE.exec(line) ?? [];
    const key = name.toLowerCase();
    if (!KNOWN.has(key)) {
      this.#ended = true;
      return false;
    }
    if (this.#seen.has(key)) throw new Problem('directive', `the directive ${key} is given twice`);
    this.#seen.add(key);
    this.#set(key, rest.trimEnd());
    return true;
  }

  #set(key: string, value: string): void {
    if (key === 'syntax') this.syntax = value;
    else if (key === 'check') this.check = value;
    else if (value === '\\' || value === '`') this.escape = value;
    else {
      throw new Problem('directive', `the escape character ${JSON.stringify(value)} is invalid`, {
        hint: 'it is \\ or a backtick',
      });
    }
  }
}
