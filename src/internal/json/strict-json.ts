import { LimitExceededError } from '../../errors/limit-exceeded.js';

/** Caps on a JSON document. */
export interface JsonLimits {
  /** Bytes of the document. */
  readonly maxBytes: number;
  /** Nesting of arrays and objects. */
  readonly maxDepth: number;
  /** Members of all objects and elements of all arrays together. */
  readonly maxValues: number;
  /**
   * The options of the caller that raise the caps; errors name them. A cap without an option is fixed.
   *
   * @default no options
   */
  readonly optionNames?: CapOptionNames | undefined;
}

/** For each cap, the name of the option that raises it. */
export type CapOptionNames = Readonly<Partial<Record<'maxBytes' | 'maxDepth' | 'maxValues', string>>>;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses one JSON document in linear time, and refuses everything that conforming parsers read differently:
 * duplicate keys, a byte order mark, malformed UTF-8 and trailing data. Keys such as `__proto__` become own
 * properties.
 *
 * @throws SyntaxError if the document is refused. The short message quotes nothing but a duplicate key.
 * @throws LimitExceededError if a cap is exceeded, before any value is built from the document.
 */
export function parseStrictJson(content: Uint8Array | string, subject: string, limits: JsonLimits): unknown {
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  if (bytes > limits.maxBytes)
    throw new LimitExceededError(`${subject} in bytes`, limits.maxBytes, limits.optionNames?.maxBytes);
  const text = typeof content === 'string' ? content : decode(content);
  if (text.startsWith('\ufeff')) throw new SyntaxError('starts with a byte order mark');
  scan(text, subject, limits);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // V8's message quotes the document, which may contain secrets.
    throw new SyntaxError(text.trim() === '' ? 'is empty' : 'is not valid JSON');
  }
}

function decode(content: Uint8Array): string {
  try {
    return decoder.decode(content);
  } catch {
    throw new SyntaxError('is not valid UTF-8');
  }
}

/**
 * Finds duplicate keys and exceeded caps. It assumes a valid grammar: its findings about other text do not matter,
 * because `JSON.parse` refuses that text.
 */
function scan(text: string, subject: string, limits: JsonLimits): void {
  /** One entry per open bracket: the keys of an object so far, or undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let values = 0;
  const count = (): void => {
    values += 1;
    if (values > limits.maxValues) {
      throw new LimitExceededError(
        `number of values in ${subject}`,
        limits.maxValues,
        limits.optionNames?.maxValues,
      );
    }
  };
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (open.length >= limits.maxDepth) {
          throw new LimitExceededError(
            `nesting of ${subject}`,
            limits.maxDepth,
            limits.optionNames?.maxDepth,
          );
        }
        open.push(text.charCodeAt(at) === OPEN_BRACE ? new Set() : undefined);
        count();
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop();
        break;
      case COMMA:
        count();
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (keys !== undefined && followedByColon(text, end)) addKey(keys, text.slice(at, end));
        at = end - 1;
      }
    }
  }
}

function addKey(keys: Set<string>, quoted: string): void {
  const key = quoted.includes('\\') ? unescape(quoted) : quoted.slice(1, -1);
  if (keys.has(key))
    throw new SyntaxError(`has the key ${JSON.stringify(key.slice(0, 64))} twice in one object`);
  keys.add(key);
}

function unescape(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new SyntaxError('is not valid JSON');
  }
}

/** Index after the closing quote; the length of the text if the string is not closed. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

function followedByColon(text: string, start: number): boolean {
  let at = start;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === COLON;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
