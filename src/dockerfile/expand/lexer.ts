import { Problem } from '../parts/problem.js';
import { replacePattern, trimPrefix, trimSuffix } from './pattern.js';
import { Words } from './words.js';

/** Returns the value of a variable; undefined if the variable is not set. */
export type Variables = (name: string) => string | undefined;

/** How text is expanded. */
export interface LexerOptions {
  /** `\` or a backtick. @default \ */
  readonly escape?: string | undefined;
  /** Keeps quotes in the result. @default false */
  readonly rawQuotes?: boolean | undefined;
  /** Keeps escape characters in the result. @default false */
  readonly rawEscapes?: boolean | undefined;
  /** Treats quotes as ordinary characters, as in the body of a heredoc. @default false */
  readonly ignoreQuotes?: boolean | undefined;
  /** Leaves references to variables that are not set as they are. @default false */
  readonly keepUnset?: boolean | undefined;
}

/** The result of an expansion. */
export interface Expansion {
  /** The expanded text. */
  readonly text: string;
  /** The text split at white space that was neither quoted nor escaped. */
  readonly words: readonly string[];
  /** Variables that were read and have a value. */
  readonly used: ReadonlySet<string>;
  /** Variables that were read and are not set. */
  readonly unset: ReadonlySet<string>;
}

/** The maximum nesting of references, as in `${a:-${b:-c}}`. */
const MAX_DEPTH = 100;
/** The maximum length of a result. It is needed because `ENV A=$A$A` doubles the value with each line. */
const MAX_LENGTH = 1024 * 1024;

const SPECIAL_PARAMETERS = '@*#?-$!0';
/** The characters that can follow the name in `${name...}`, except `/` and `}`. */
const OPERATORS = ':+-?#%';

/**
 * Expands variables and removes quotes and escapes, as BuildKit's shell lexer does.
 *
 * The operators are `${name}`, `${name:-word}`, `${name-word}`, `${name:+word}`, `${name+word}`, `${name:?message}`,
 * `${name?message}`, `${name#pattern}`, `##`, `%`, `%%`, `${name/pattern/text}` and `${name//pattern/text}`.
 *
 * @throws Problem for an unknown operator, a quote or brace that is not closed, a variable that `?` requires, or a result
 * that is too long
 * @see https://github.com/moby/buildkit/blob/v0.25.0/frontend/dockerfile/shell/lex.go
 */
export function expand(source: string, variables: Variables, options: LexerOptions = {}): Expansion {
  const lexer = new Lexer(source, variables, options);
  const words = new Words();
  const text = lexer.run(words);
  return { text, words: words.end(), used: lexer.used, unset: lexer.unset };
}

class Lexer {
  readonly used = new Set<string>();
  readonly unset = new Set<string>();
  readonly #source: string;
  readonly #variables: Variables;
  readonly #escape: string;
  readonly #options: LexerOptions;
  #at = 0;
  #depth = 0;
  #length = 0;

  constructor(source: string, variables: Variables, options: LexerOptions) {
    this.#source = source;
    this.#variables = variables;
    this.#options = options;
    this.#escape = options.escape ?? '\\';
  }

  run(words: Words): string {
    return this.#readUntil(undefined, this.#options.rawEscapes ?? false, words);
  }

  /** Reads up to the character `stop` and skips it. Without `stop`, reads to the end of the source. */
  #readUntil(stop: string | undefined, rawEscapes: boolean, words?: Words): string {
    const out: string[] = [];
    const put = (text: string, raw: boolean): void => {
      out.push(text);
      if (raw) words?.addRaw(text);
      else words?.add(text);
    };
    while (this.#at < this.#source.length) {
      const character = this.#peek();
      if (character === stop) {
        this.#at += stop.length;
        return out.join('');
      }
      if (character === '$') put(this.#count(this.#readDollar()), false);
      else if (character === "'" && this.#options.ignoreQuotes !== true) put(this.#readSingleQuotes(), true);
      else if (character === '"' && this.#options.ignoreQuotes !== true)
        put(this.#readDoubleQuotes(rawEscapes), true);
      else if (this.#source.startsWith('<<', this.#at)) put(this.#readHeredocMark(), true);
      else if (character === this.#escape) {
        this.#take();
        if (rawEscapes) put(character, true);
        put(this.#take(), true);
      } else put(this.#take(), false);
    }
    if (stop === undefined) return out.join('');
    throw this.#problem(stop === '/' ? "a '/' is missing in ${}" : `a '${stop}' is missing`);
  }

  /** Reads `<<` and the blanks after it, because they belong to the word of a heredoc. */
  #readHeredocMark(): string {
    const [mark = '<<'] = /^<<[\t\r ]*/.exec(this.#source.slice(this.#at, this.#at + 4096)) ?? [];
    this.#at += mark.length;
    return mark;
  }

  /** Reads up to the next single quote. Nothing in between is expanded. */
  #readSingleQuotes(): string {
    const start = this.#at;
    const end = this.#source.indexOf("'", start + 1);
    if (end < 0) throw this.#problem('the single quote is not closed');
    this.#at = end + 1;
    return this.#options.rawQuotes === true
      ? this.#source.slice(start, end + 1)
      : this.#source.slice(start + 1, end);
  }

  /** Expands variables. An escape character escapes only `"`, `$` and itself; before any other character it is kept. */
  #readDoubleQuotes(rawEscapes: boolean): string {
    const start = this.#at;
    const quote = this.#options.rawQuotes === true ? '"' : '';
    const out: string[] = [quote];
    this.#take();
    while (this.#at < this.#source.length) {
      const character = this.#peek();
      if (character === '"') {
        this.#take();
        out.push(quote);
        return out.join('');
      }
      if (character === '$') {
        out.push(this.#count(this.#readDollar()));
        continue;
      }
      this.#take();
      if (character !== this.#escape) {
        out.push(character);
        continue;
      }
      if (rawEscapes) out.push(character);
      const next = this.#peek();
      if (next === '') break;
      out.push(['"', '$', this.#escape].includes(next) ? this.#take() : character);
    }
    this.#at = start;
    throw this.#problem('the double quote is not closed');
  }

  #readDollar(): string {
    const start = this.#at;
    this.#take();
    if (this.#peek() === '{') {
      this.#depth += 1;
      if (this.#depth > MAX_DEPTH)
        throw this.#problem(`references are nested more than ${MAX_DEPTH} deep`, start);
      this.#take();
      const value = this.#readBraces(start);
      this.#depth -= 1;
      return value;
    }
    const name = this.#readName();
    if (name === '') return '$';
    const value = this.#lookUp(name);
    return value === undefined && this.#options.keepUnset === true ? `$${name}` : (value ?? '');
  }

  /** Reads the rest of `${...}`, after its opening brace. */
  #readBraces(start: number): string {
    if (this.#at >= this.#source.length) throw this.#problem("a '}' is missing", start);
    if (['{', '}', ':'].includes(this.#peek())) throw this.#problem('the reference has no name', start);
    const name = this.#readName();
    const operator = this.#take();
    const keep = this.#options.keepUnset === true;
    if (operator === '}') {
      const value = this.#lookUp(name);
      return value === undefined && keep ? `\${${name}}` : (value ?? '');
    }
    if (operator === '/') return this.#readReplacement(name, keep);
    if (operator === '') throw this.#problem("a '}' is missing", start);
    if (!OPERATORS.includes(operator)) throw this.#unsupported(operator, start);
    const colon = operator === ':';
    const kind = colon ? this.#take() : operator;
    const isPattern = kind === '#' || kind === '%';
    if (kind === '' || !'+-?#%'.includes(kind) || (colon && isPattern)) {
      throw this.#unsupported(colon ? `:${kind}` : kind, start);
    }
    const word = this.#readUntil('}', isPattern);
    const value = this.#lookUp(name);
    if (value === undefined && keep) return `\${${name}${colon ? ':' : ''}${kind}${word}}`;
    if (isPattern) return this.#trim(kind, word, value ?? '');
    const missing = value === undefined || (colon && value === '');
    if (kind === '-') return missing ? word : value;
    if (kind === '+') return missing ? '' : word;
    if (!missing) return value;
    throw this.#problem(
      `${name}: ${word === '' ? `is not allowed to be ${value === undefined ? 'unset' : 'empty'}` : word}`,
      start,
    );
  }

  #trim(kind: string, word: string, value: string): string {
    const longest = word.startsWith(kind);
    const pattern = longest ? word.slice(1) : word;
    return kind === '#' ? trimPrefix(pattern, value, longest) : trimSuffix(pattern, value, longest);
  }

  #readReplacement(name: string, keep: boolean): string {
    const all = this.#peek() === '/';
    if (all) this.#take();
    const pattern = this.#readUntil('/', true);
    const text = this.#readUntil('}', true);
    const value = this.#lookUp(name);
    if (value === undefined && keep) return `\${${name}/${pattern}/${text}}`;
    return replacePattern(pattern, value ?? '', text, all);
  }

  /** Reads the name of a variable, a number, or one of the shell's special parameters. */
  #readName(): string {
    NAME.lastIndex = this.#at;
    const [name = ''] = NAME.exec(this.#source) ?? [];
    if (name !== '') {
      this.#at += name.length;
      return name;
    }
    const next = this.#peek();
    return next !== '' && SPECIAL_PARAMETERS.includes(next) ? this.#take() : '';
  }

  #lookUp(name: string): string | undefined {
    const value = this.#variables(name);
    (value === undefined ? this.unset : this.used).add(name);
    return value;
  }

  /** The character at the position, empty at the end. */
  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #take(): string {
    const character = this.#peek();
    this.#at += character.length;
    return character;
  }

  /** Bounds the length of the result. Only values of variables can make it longer than the source. */
  #count(value: string): string {
    this.#length += value.length;
    if (this.#length <= MAX_LENGTH) return value;
    throw new Problem('size', `the expansion is longer than ${MAX_LENGTH} characters`);
  }

  #unsupported(operator: string, start: number): Problem {
    return this.#problem(`the modifier ${JSON.stringify(operator)} is not supported in a reference`, start, {
      hint: 'use one of ${n}, ${n:-w}, ${n-w}, ${n:+w}, ${n+w}, ${n:?m}, ${n?m}, ${n#p}, ${n##p}, ${n%p}, ${n%%p}, ${n/p/t}, ${n//p/t}',
    });
  }

  #problem(message: string, offset = this.#at, details: { readonly hint?: string } = {}): Problem {
    return new Problem('expansion', message, { offset, ...details });
  }
}

const NAME = /\p{Nd}+|[\p{L}_][\p{L}\p{Nd}_]*/uy;
