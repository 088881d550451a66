import { expand } from '../expand/lexer.js';
import { Problem } from '../parts/problem.js';

/** The start of a heredoc in the line of an instruction, such as `<<EOF`. */
export interface HeredocMark {
  /** The name, without quotes. */
  readonly name: string;
  /** The number in `3<<EOF`; 0 if there is none. */
  readonly fileDescriptor: number;
  /** Whether variables in the body are expanded: no part of the name was quoted. */
  readonly expand: boolean;
  /** Whether it is written with `<<-`, which removes the tabs at the start of each line. */
  readonly chomp: boolean;
}

/** A heredoc with its body. Tabs at the start of lines are kept, even after `<<-`. */
export interface Heredoc extends HeredocMark {
  /** The lines between the instruction and the line with the name. */
  readonly content: string;
}

const MARK = /^(\d{0,9})<<(-?)\s{0,1000}([^<]*)$/;
const NOTHING = (): undefined => undefined;

/** Reads a word such as `<<EOF`, `<<-"EOF"` or `3<<EOF`; undefined if it is not one. */
export function parseHeredocMark(word: string): HeredocMark | undefined {
  const [, digits = '', dash, rest = ''] = MARK.exec(word) ?? [];
  if (rest === '') return undefined;
  const { words } = expand(rest, NOTHING, { keepUnset: true });
  const [name] = words;
  if (name === undefined || words.length !== 1) return undefined;
  const [raw = ''] = expand(rest, NOTHING, { keepUnset: true, rawQuotes: true }).words;
  return {
    name,
    fileDescriptor: Number(digits),
    expand: quotesIn(raw) === quotesIn(name),
    chomp: dash === '-',
  };
}

/** The starts of heredocs in a line of RUN, COPY or ADD, in their order. */
export function heredocsOf(line: string): readonly HeredocMark[] {
  if (!line.includes('<<')) return [];
  let words: readonly string[];
  try {
    ({ words } = expand(line, NOTHING, { keepUnset: true, rawQuotes: true, rawEscapes: true }));
  } catch (error) {
    // The shell may understand a line that this lexer cannot split into words. BuildKit finds no heredocs in it.
    if (error instanceof Problem) return [];
    throw error;
  }
  return words.flatMap((word) => parseHeredocMark(word) ?? []);
}

/** Removes the tabs at the start of each line, for `<<-`. */
export function chompHeredoc(content: string): string {
  return content.replace(/^\t+/gm, '');
}

function quotesIn(text: string): number {
  return text.replace(/[^'"]/g, '').length;
}
