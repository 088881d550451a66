import { Readable } from 'node:stream';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { dispose, isDisposable } from '../../internal/streams/disposable.js';
import { unexpectedResponse } from '../connection/unexpected-response.js';
import { JsonScanner } from './json-scanner.js';

/**
 * Bytes that are scanned together. So few strings are dropped before V8 moves them to the old generation, which it
 * collects seldom.
 */
const STEP = 8 * 1024;

export interface JsonStringsOptions {
  /** The name of the response in error messages. */
  readonly subject: string;
  /** The most bytes of the response. */
  readonly maxBytes: number;
  /** The option that raises {@link maxBytes}. */
  readonly option: string;
}

/**
 * Reads the strings of one array member of a JSON object, such as `tags` in a list of tags, while the response arrives:
 * memory does not grow with the list. A member that is absent or null has no strings. A response with `errors` in place
 * of the member fails.
 *
 * Yields the strings that each chunk completes. The stream of the chunks is destroyed if the caller stops early.
 */
export async function* jsonStrings(
  chunks: AsyncIterable<Uint8Array>,
  member: string,
  options: JsonStringsOptions,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const scanner = new JsonScanner(member, options.subject);
  const ownsChunks = chunks instanceof Readable && isDisposable(chunks);
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
    if (ownsChunks) dispose(chunk);
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
