import { Problem } from '../parts/problem.js';
import { DirectiveReader, type Directives } from './directives.js';
import { skipSpace } from '../parts/white-space.js';

/** The line of an instruction, joined from physical lines. */
export interface LogicalLine {
  readonly text: string;
  /** The first physical line, counted from 1. */
  readonly line: number;
  /** The last physical line, without those of heredocs. */
  readonly endLine: number;
  /** The comments above the line, without `#`. An empty comment separates the comments before it from the line. */
  readonly comments: readonly string[];
  /** Whether one of the continuation lines is empty. */
  readonly hasEmptyLine: boolean;
  /** The position in the file of a character of the text. */
  positionOf(offset: number): { readonly line: number; readonly column: number };
}

/** The part of a logical line that comes from one physical line. */
interface Fragment {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** Reads a Dockerfile line by line: directives, comments, continuations and the bodies of heredocs. */
export class LogicalLines {
  readonly #lines: readonly string[];
  readonly #directives = new DirectiveReader();
  #next = 0;

  constructor(text: string) {
    this.#lines = physicalLines(text.startsWith('\ufeff') ? text.slice(1) : text);
  }

  /** The number of the physical line that was read last. */
  get line(): number {
    return this.#next;
  }

  /** The directives, which are complete once the first logical line was read. */
  directives(): Directives {
    const { escape, syntax, check } = this.#directives;
    return { escape, ...(syntax !== undefined && { syntax }), ...(check !== undefined && { check }) };
  }

  /** Reads the next line with an instruction; undefined at the end of the file. */
  read(): LogicalLine | undefined {
    let comments: string[] = [];
    for (;;) {
      const raw = this.#take();
      if (raw === undefined) return undefined;
      const start = skipSpace(raw);
      const trimmed = raw.slice(start);
      if (this.#directives.read(trimmed)) continue;
      if (trimmed.startsWith('#')) {
        // As in BuildKit, a comment with white space before it keeps its `#`, so it cannot be a directive.
        const comment = raw.slice(1).trim();
        if (comment === '') comments = [];
        else comments.push(comment);
        continue;
      }
      const { text, continues } = this.#withoutContinuation(trimmed);
      if (text === '' && !continues) continue;
      return { ...this.#join({ text, continues, column: start + 1 }), comments };
    }
  }

  /**
   * Reads the body of a heredoc and the line with its name, which ends it.
   *
   * @param tabs - whether tabs may precede the name.
   * @throws Problem if no line has the name
   */
  readHeredoc(name: string, tabs: boolean): string {
    const body: string[] = [];
    for (;;) {
      const raw = this.#lines[this.#next];
      if (raw === undefined) {
        throw new Problem('heredoc', `the heredoc has no end: no line is just ${JSON.stringify(name)}`);
      }
      this.#next += 1;
      const line = withoutLineBreak(raw);
      if ((tabs ? line.replace(/^\t+/, '') : line) === name) return body.join('');
      body.push(raw);
    }
  }

  #join(first: {
    readonly text: string;
    readonly continues: boolean;
    readonly column: number;
  }): Omit<LogicalLine, 'comments'> {
    const line = this.#next;
    const parts = [first.text];
    const fragments: Fragment[] = [{ offset: 0, line, column: first.column }];
    let length = first.text.length;
    let { continues } = first;
    let hasEmptyLine = false;
    while (continues) {
      const raw = this.#take();
      if (raw === undefined) break;
      const start = skipSpace(raw);
      if (start === raw.length) hasEmptyLine = true;
      if (start === raw.length || raw.startsWith('#', start)) continue;
      const part = this.#withoutContinuation(raw);
      ({ continues } = part);
      fragments.push({ offset: length, line: this.#next, column: 1 });
      parts.push(part.text);
      length += part.text.length;
    }
    return {
      text: parts.join(''),
      line,
      endLine: this.#next,
      hasEmptyLine,
      positionOf: (offset) => positionIn(fragments, offset),
    };
  }

  /** The next physical line without its end. */
  #take(): string | undefined {
    const raw = this.#lines[this.#next];
    if (raw === undefined) return undefined;
    this.#next += 1;
    return withoutLineBreak(raw);
  }

  /** Removes the escape character at the end of a line, unless another escape character precedes it. */
  #withoutContinuation(line: string): { readonly text: string; readonly continues: boolean } {
    const { escape } = this.#directives;
    let end = line.length;
    while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
    const continues = line[end - 1] === escape && line[end - 2] !== escape;
    return { text: continues ? line.slice(0, end - 1) : line, continues };
  }
}

function positionIn(
  fragments: readonly Fragment[],
  offset: number,
): { readonly line: number; readonly column: number } {
  let [from, to] = [0, fragments.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((fragments[middle]?.offset ?? 0) <= offset) from = middle;
    else to = middle;
  }
  const fragment = fragments[from] ?? { offset: 0, line: 1, column: 1 };
  return { line: fragment.line, column: fragment.column + offset - fragment.offset };
}

/** The lines of a text, each with its line break. */
function physicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const next = end < 0 ? text.length : end + 1;
    lines.push(text.slice(start, next));
    start = next;
  }
  return lines;
}

function withoutLineBreak(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === '\n' || line[end - 1] === '\r')) end -= 1;
  return line.slice(0, end);
}
