import { isSpace, skipSpace, sliceToken, splitBlanks, type Token, trimToken } from '../parts/white-space.js';

/** The parts of the line of an instruction. */
export interface CommandLine {
  readonly name: Token;
  /** Words that start with `--`, without quotes and escapes. */
  readonly flags: readonly Token[];
  readonly rest: Token;
}

/** Splits a line into the name of the instruction, its flags, and the rest. */
export function splitCommandLine(text: string, escape: string): CommandLine {
  const line = trimToken({ text, offset: 0 });
  const [name = line, rest] = splitBlanks(line, 2);
  if (rest === undefined) return { name, flags: [], rest: sliceToken(line, line.text.length) };
  const { flags, end } = readFlags(rest, escape);
  return { name, flags, rest: trimToken(sliceToken(rest, end)) };
}

/** Reads words as long as they start with `--`; the word `--` ends them. */
function readFlags(line: Token, escape: string): { readonly flags: readonly Token[]; readonly end: number } {
  const { text } = line;
  const flags: Token[] = [];
  let at = skipSpace(text);
  while (text.startsWith('--', at)) {
    const { word, end } = readWord(text, at, escape);
    if (word === '--') return { flags, end };
    flags.push({ text: word, offset: line.offset + at });
    at = skipSpace(text, end);
  }
  return { flags, end: at };
}

/** Reads a word and removes its quotes and escapes. */
function readWord(
  text: string,
  start: number,
  escape: string,
): { readonly word: string; readonly end: number } {
  const out: string[] = [];
  let quote: string | undefined;
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === quote) quote = undefined;
    else if (quote === undefined && isSpace(character)) break;
    else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else if (character === escape) {
      at += 1;
      out.push(text.charAt(at));
    } else out.push(character);
  }
  return { word: out.join(''), end: Math.min(at, text.length) };
}

/** Splits a text into words as ENV, LABEL and ARG do. The expansion removes quotes and escapes later. */
export function splitWords(token: Token, escape: string): readonly Token[] {
  const { text } = token;
  const words: Token[] = [];
  let at = skipSpace(text);
  while (at < text.length) {
    const end = endOfWord(text, at, escape);
    // An escape character at the end of the text is dropped.
    const dangling = end.dangling ? 1 : 0;
    const word = sliceToken(token, at, end.at - dangling);
    if (word.text !== '') words.push(word);
    at = skipSpace(text, end.at);
  }
  return words;
}

function endOfWord(
  text: string,
  start: number,
  escape: string,
): { readonly at: number; readonly dangling: boolean } {
  let quote: string | undefined;
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote === undefined && isSpace(character)) break;
    // Nothing is escaped between single quotes.
    if (character === escape && quote !== "'") {
      if (at + 1 === text.length) return { at: text.length, dangling: true };
      at += 1;
    } else if (quote === undefined && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = undefined;
  }
  return { at, dangling: false };
}
