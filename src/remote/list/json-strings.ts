import { Readable } from 'node:stream';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { dispose, isDisposable } from '../../internal/streams/disposable.js';
import { unexpectedResponse } from '../connection/unexpected-response.js';

export interface JsonStringsOptions {
  /** What the answer is, for errors. */
  readonly subject: string;
  /** Bytes of one answer. */
  readonly maxBytes: number;
  /** The option that raises {@link maxBytes}. */
  readonly option: string;
}

/**
 * Reads the strings of one array member of a JSON object, such as `tags` in a list of tags,
 * while the answer arrives: memory does not grow with the list. An absent or null member has none, unless the response
 * holds errors in its place.
 *
 * Yields what each chunk completes. The chunks' stream is destroyed when the caller stops early.
 */
export async function* jsonStrings(
  chunks: AsyncIterable<Uint8Array>,
  member: string,
  options: JsonStringsOptions,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const scanner = newScanner(member, options.subject);
  const own = chunks instanceof Readable && isDisposable(chunks);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > options.maxBytes) {
      throw new LimitExceededError(`${options.subject} in bytes`, options.maxBytes, options.option);
    }
    for (let at = 0; at < chunk.byteLength; at += STEP) {
      const found = scanner.feed(decode(decoder, chunk.subarray(at, at + STEP), options.subject));
      if (found.length > 0) yield found;
    }
    if (own) dispose(chunk);
  }
  scanner.end();
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array, subject: string): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw unexpectedResponse(subject, 'not UTF-8');
  }
}

interface Scanner {
  /** Gives the strings that end in this piece of text. */
  feed(text: string): readonly string[];
  /** Throws unless the document is complete. */
  end(): void;
}

/**
 * Follows brackets and strings only: whatever is no JSON but has them in place goes through, so
 * the result must not be trusted for more than its strings.
 */
function newScanner(member: string, subject: string): Scanner {
  /** The brackets that are open. */
  const open: string[] = [];
  /** What was read of an unfinished string, still escaped. */
  let partial: string | undefined;
  let escaped = false;
  let lastString = '';
  let currentKey: string | undefined;
  let started = false;
  let isThere = false;
  /** What an error document in place of the list says, its first strings. */
  let errors: string[] | undefined;

  const isWanted = (): boolean => open.length === 2 && open[1] === '[' && currentKey === member;

  const bracket = (character: string): void => {
    if (started && open.length === 0) throw unexpectedResponse(subject, 'not JSON');
    if (character === '{' || character === '[') {
      started = true;
      open.push(character);
      if (open.length > MOST_NESTED) throw unexpectedResponse(subject, 'JSON is nested too deep');
    } else if (open.pop() === undefined) {
      throw unexpectedResponse(subject, 'not JSON');
    }
  };

  /** Keeps anything but an array of strings, or null, from passing for an empty list. */
  const checkValue = (character: string): void => {
    if (currentKey !== member || open.length > 2) return;
    if (!(open.length === 1 ? ',}[nul' : ',]').includes(character))
      throw unexpectedResponse(subject, `\`${member}\` is not a list of names`);
  };

  const meetKey = (): void => {
    currentKey = lastString;
    isThere ||= currentKey === member;
    if (currentKey === 'errors') errors ??= [];
  };

  const structural = (text: string, at: number): void => {
    const character = text.charAt(at);
    checkValue(character);
    if ('{}[]'.includes(character)) bracket(character);
    else if (character === ':' && open.length === 1) meetKey();
    else if (character === ',' && open.length === 1) currentKey = undefined;
    else if (!started && !' \t\r\n'.includes(character)) {
      throw unexpectedResponse(subject, 'not JSON', text.slice(at, at + 256));
    }
    if (open.length === 0 && started && !'} \t\r\n'.includes(character))
      throw unexpectedResponse(subject, 'not JSON');
    if (open.length === 1 && open[0] === '[') throw unexpectedResponse(subject, 'not a JSON object');
  };

  return {
    feed: (text) => {
      const found: string[] = [];
      let at = 0;
      while (at < text.length) {
        if (partial === undefined) {
          const code = text.charCodeAt(at);
          if (code === QUOTE && open.length > 0) partial = '';
          // Of blanks there may be millions.
          else if (!isBlank(code)) structural(text, at);
          at += 1;
          continue;
        }
        const from = at;
        while (at < text.length && (escaped || text.charCodeAt(at) !== QUOTE)) {
          escaped = !escaped && text.charCodeAt(at) === BACKSLASH;
          at += 1;
        }
        partial += text.slice(from, at);
        if (partial.length > LONGEST) throw unexpectedResponse(subject, 'a string is too long');
        if (at === text.length) break;
        at += 1;
        lastString = unescape(partial, subject);
        partial = undefined;
        if (isWanted()) found.push(lastString);
        else if (open.length === 1) checkValue('"');
        else if (currentKey === 'errors' && errors !== undefined && errors.length < MOST_SHOWN)
          errors.push(lastString);
      }
      return found;
    },
    end: () => {
      if (!started || open.length > 0) throw unexpectedResponse(subject, 'the answer ends too early');
      if (errors !== undefined && !isThere)
        throw unexpectedResponse(subject, 'an error in place of the list', errors.join(' '));
    },
  };
}

function unescape(raw: string, subject: string): string {
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    throw unexpectedResponse(subject, 'not JSON');
  }
}

/** Bytes that are looked at together: their strings are gone before V8 moves them to where it looks for garbage seldom. */
const STEP = 8 * 1024;
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MOST_NESTED = 64;
/** Strings of an error document that are shown: keys and values of its first entry. */
const MOST_SHOWN = 4;
/** Names and tags are far shorter; other members may hold a text. */
const LONGEST = 64 * 1024;
