import { unexpectedResponse } from '../connection/unexpected-response.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MAX_DEPTH = 64;
/** The strings of an error document that are shown: the keys and values of its first entry. */
const MAX_SHOWN = 4;
/** Names and tags are far shorter, but other members may hold a text. */
const MAX_STRING_LENGTH = 64 * 1024;

/**
 * Finds the strings of one array member of a JSON object, in text that arrives in parts.
 *
 * It follows only brackets and strings. Invalid JSON with matching brackets passes, so only the strings of the result
 * can be trusted.
 */
export class JsonScanner {
  readonly #member: string;
  readonly #subject: string;
  /** The open brackets. */
  readonly #open: string[] = [];
  /** What was read of an unfinished string, still escaped. */
  #partial: string | undefined;
  #escaped = false;
  #lastString = '';
  /** The key of the outer object whose value is being read. */
  #currentKey: string | undefined;
  #started = false;
  #hasMember = false;
  /** The first strings of an error document that replaces the list. */
  #errors: string[] | undefined;

  constructor(member: string, subject: string) {
    this.#member = member;
    this.#subject = subject;
  }

  /** The strings that end in this part of the text. */
  feed(text: string): readonly string[] {
    const found: string[] = [];
    let at = 0;
    while (at < text.length) {
      if (this.#partial === undefined) {
        const code = text.charCodeAt(at);
        if (code === QUOTE && this.#open.length > 0) this.#partial = '';
        // A document may hold millions of blanks.
        else if (!isBlank(code)) this.#readStructure(text, at);
        at += 1;
        continue;
      }
      const from = at;
      let escaped = this.#escaped;
      while (at < text.length && (escaped || text.charCodeAt(at) !== QUOTE)) {
        escaped = !escaped && text.charCodeAt(at) === BACKSLASH;
        at += 1;
      }
      this.#escaped = escaped;
      this.#partial += text.slice(from, at);
      if (this.#partial.length > MAX_STRING_LENGTH) throw this.#unexpected('a string is too long');
      if (at === text.length) break;
      at += 1;
      this.#lastString = this.#unescape(this.#partial);
      this.#partial = undefined;
      this.#takeString(found);
    }
    return found;
  }

  /** Throws unless the document is complete. */
  end(): void {
    if (!this.#started || this.#open.length > 0) throw this.#unexpected('the response ends too early');
    if (this.#errors !== undefined && !this.#hasMember)
      throw this.#unexpected('an error in place of the list', this.#errors.join(' '));
  }

  #takeString(found: string[]): void {
    const depth = this.#open.length;
    if (depth === 2 && this.#open[1] === '[' && this.#currentKey === this.#member) {
      found.push(this.#lastString);
    } else if (depth === 1) {
      this.#checkValue('"');
    } else if (this.#currentKey === 'errors' && this.#errors !== undefined) {
      if (this.#errors.length < MAX_SHOWN) this.#errors.push(this.#lastString);
    }
  }

  #readStructure(text: string, at: number): void {
    const character = text.charAt(at);
    this.#checkValue(character);
    const depth = this.#open.length;
    if ('{}[]'.includes(character)) this.#readBracket(character);
    else if (character === ':' && depth === 1) this.#startMember();
    else if (character === ',' && depth === 1) this.#currentKey = undefined;
    else if (!this.#started) throw this.#unexpected('not JSON', text.slice(at, at + 256));
    if (this.#open.length === 0 && this.#started && character !== '}') throw this.#unexpected('not JSON');
    if (this.#open.length === 1 && this.#open[0] === '[') throw this.#unexpected('not a JSON object');
  }

  #readBracket(character: string): void {
    if (this.#started && this.#open.length === 0) throw this.#unexpected('not JSON');
    if (character === '{' || character === '[') {
      this.#started = true;
      this.#open.push(character);
      if (this.#open.length > MAX_DEPTH) throw this.#unexpected('JSON is nested too deep');
    } else if (this.#open.pop() === undefined) {
      throw this.#unexpected('not JSON');
    }
  }

  #startMember(): void {
    this.#currentKey = this.#lastString;
    this.#hasMember ||= this.#currentKey === this.#member;
    if (this.#currentKey === 'errors') this.#errors ??= [];
  }

  /** Refuses a value that is neither null nor an array of strings: it must not pass for an empty list. */
  #checkValue(character: string): void {
    const depth = this.#open.length;
    if (this.#currentKey !== this.#member || depth > 2) return;
    if (!(depth === 1 ? ',}[nul' : ',]').includes(character))
      throw this.#unexpected(`\`${this.#member}\` is not a list of names`);
  }

  #unescape(raw: string): string {
    if (!raw.includes('\\')) return raw;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      throw this.#unexpected('not JSON');
    }
  }

  #unexpected(reason: string, sample = ''): Error {
    return unexpectedResponse(this.#subject, reason, sample);
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
