import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { isContainerError } from '../../errors/base.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { TransportError } from '../../errors/service/transport.js';
import { budget } from '../../internal/streams/budget.js';
import type { CollectOptions } from '../../internal/streams/collect.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { generated } from '../../internal/streams/generated.js';
import { zstd } from '../../internal/compress/zstd.js';
import type { HttpResponse } from '../guard/client.js';
import { type CappedBytes, readCapped } from './read-capped.js';

type Decoder = (source: Readable) => Readable;
type Encoded = Pick<HttpResponse, 'headers' | 'body'>;

/**
 * What undoes the `Content-Encoding` of a response, in the order to be applied. Empty if there is none, and also if
 * one of the names is unknown: some servers write `aws-chunked` or `utf-8` there, and send the plain bytes.
 */
export function decodersOf(headers: HttpResponse['headers']): readonly Decoder[] {
  const names = (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const found = names.flatMap((name) => decoders.get(name) ?? []);
  return found.length === names.length && found.length <= MOST_ENCODINGS ? found.reverse() : [];
}

/** Nobody encodes more than twice in good faith. */
const MOST_ENCODINGS = 2;

/** Larger pieces of output mean fewer switches between threads. */
const CHUNK = { chunkSize: 256 * 1024 };

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', (source) => through(source, ignoreLateErrors(createGunzip(CHUNK)))],
  ['x-gzip', (source) => through(source, ignoreLateErrors(createGunzip(CHUNK)))],
  ['br', (source) => through(source, ignoreLateErrors(createBrotliDecompress(CHUNK)))],
  ['zstd', (source) => zstd.decompress(source, budget())],
  ['deflate', inflated],
]);

/** The bytes of a body without its encodings. Owns the source; whoever reads must cap the output. */
export function decoded(source: Readable, steps: readonly Decoder[], subject: string): Readable {
  return generated(source, async function* () {
    let read = 0;
    const budgeted = budget();
    const counted = generated(source, async function* () {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        read += chunk.byteLength;
        yield chunk;
      }
    });
    let written = 0;
    try {
      for await (const chunk of steps.reduce((stream, step) => step(stream), counted)) {
        written += (chunk as Buffer).byteLength;
        budgeted.check(read, written);
        yield chunk as Buffer;
      }
    } catch (error) {
      if (isContainerError(error) && error.code !== 'ARCHIVE_INVALID') throw error;
      throw new TransportError(`${subject}: the body is not what its Content-Encoding says`, {
        cause: error,
      });
    }
  });
}

/**
 * The body of a text document, such as JSON. We ask for it without an encoding; a server that encodes it all the same
 * is taken at its label, unless the body reads as text already.
 */
export function documentBody(
  { headers, body }: Encoded,
  { subject, maxBytes, option }: Omit<CollectOptions, 'signal'>,
): Readable {
  const steps = decodersOf(headers);
  if (steps.length === 0) return body;
  return generated(body, async function* () {
    const { head, rest } = await peeked(body);
    const capped = ignoreLateErrors(
      Readable.from(atMost(rest, maxBytes + SLACK, subject, option), { objectMode: false }),
    );
    yield* (readsAsText(head) ? capped : decoded(capped, steps, subject)) as AsyncIterable<Buffer>;
  });
}

/** Reads at most `cap` bytes of a text document that nothing depends on, such as the body of an error. */
export async function readText(response: Encoded, cap: number): Promise<CappedBytes> {
  return readCapped(documentBody(response, { subject: 'response', maxBytes: cap }), cap);
}

/** What an encoding may add to bytes that it cannot make smaller. */
const SLACK = 64 * 1024;

/** Input without output, such as empty members of gzip without end, needs a cap of its own. */
async function* atMost(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  subject: string,
  option: string | undefined,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new LimitExceededError(subject, maxBytes, option);
    yield chunk;
  }
}

interface Peeked {
  readonly head: Buffer;
  /** All bytes, the head too. */
  readonly rest: AsyncIterable<Buffer>;
}

async function peeked(source: Readable): Promise<Peeked> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const seen: Buffer[] = [];
  let size = 0;
  while (size < HEAD) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    seen.push(value);
    size += value.byteLength;
  }
  return {
    head: Buffer.concat(seen),
    rest: (async function* () {
      yield* seen;
      yield* { [Symbol.asyncIterator]: () => chunks };
    })(),
  };
}

/** Bytes that tell text from what is compressed. */
const HEAD = 64;

/** Whether bytes begin like JSON or a web page. No compressed format does, and goes on without control characters. */
function readsAsText(head: Buffer): boolean {
  const text = head.subarray(0, HEAD).toString('latin1');
  return /^(?:\xef\xbb\xbf)?\s*[{[<"]/.test(text) && /^[\t\n\r\x20-\xff]*$/.test(text);
}

function through(source: Readable, decoder: Transform): Readable {
  // The error reaches the reader through the stream that is returned.
  pipeline(source, decoder, () => undefined);
  return decoder;
}

/** RFC 9110 means the format of zlib by `deflate`; some servers send the bare data. */
function inflated(source: Readable): Readable {
  return generated(source, async function* () {
    const { head, rest } = await peeked(source);
    const isZlib = head.byteLength > 1 && (head.readUInt8(0) & 0x0f) === 8 && head.readUInt16BE(0) % 31 === 0;
    const decoder = isZlib
      ? ignoreLateErrors(createInflate(CHUNK))
      : ignoreLateErrors(createInflateRaw(CHUNK));
    const body = ignoreLateErrors(Readable.from(rest, { objectMode: false }));
    yield* through(body, decoder) as AsyncIterable<Buffer>;
  });
}
