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
import type { HttpResponse } from '../guard/http-client.js';
import { type CappedBytes, readCapped } from './read-capped.js';

type Decoder = (source: Readable) => Readable;
type Encoded = Pick<HttpResponse, 'headers' | 'body'>;

/**
 * The decoders for the `Content-Encoding` of a response, in the order in which they must be applied. Empty if there is
 * no encoding, and also if a name is unknown: some servers send `aws-chunked` or `utf-8` there, and the plain bytes.
 */
export function decodersOf(headers: HttpResponse['headers']): readonly Decoder[] {
  const names = (headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const found = names.flatMap((name) => decoders.get(name) ?? []);
  return found.length === names.length && found.length <= MAX_ENCODINGS ? found.reverse() : [];
}

/** An honest server does not encode a body more than twice. */
const MAX_ENCODINGS = 2;

/** Larger chunks of output mean fewer switches between threads. */
const CHUNK = { chunkSize: 256 * 1024 };

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', (source) => decodeThrough(source, ignoreLateErrors(createGunzip(CHUNK)))],
  ['x-gzip', (source) => decodeThrough(source, ignoreLateErrors(createGunzip(CHUNK)))],
  ['br', (source) => decodeThrough(source, ignoreLateErrors(createBrotliDecompress(CHUNK)))],
  ['zstd', (source) => zstd.decompress(source, budget())],
  ['deflate', inflate],
]);

/** The bytes of a body without its encodings. The stream owns the source. The reader must cap the output. */
export function decodedBody(source: Readable, steps: readonly Decoder[], subject: string): Readable {
  return generated(source, async function* () {
    let read = 0;
    const ratio = budget();
    const countedSource = generated(source, async function* () {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        read += chunk.byteLength;
        yield chunk;
      }
    });
    let written = 0;
    try {
      for await (const chunk of steps.reduce((stream, step) => step(stream), countedSource)) {
        written += (chunk as Buffer).byteLength;
        ratio.check(read, written);
        yield chunk as Buffer;
      }
    } catch (error) {
      if (isContainerError(error) && error.code !== 'ARCHIVE_INVALID') throw error;
      throw new TransportError(`${subject}: the body does not match its Content-Encoding`, {
        cause: error,
      });
    }
  });
}

/** The limits of a document. A fixed cap has no option that raises it. */
type DocumentLimits = Pick<CollectOptions, 'subject' | 'maxBytes'> & Partial<Pick<CollectOptions, 'option'>>;

/**
 * The body of a text document, such as JSON. Our request asks for no encoding. If a server encodes the document
 * nevertheless, its header is believed, unless the body already looks like text.
 */
export function documentBody(
  { headers, body }: Encoded,
  { subject, maxBytes, option }: DocumentLimits,
): Readable {
  const steps = decodersOf(headers);
  if (steps.length === 0) return body;
  return generated(body, async function* () {
    const { head, rest } = await peek(body);
    const source = ignoreLateErrors(
      Readable.from(capped(rest, maxBytes + SLACK, subject, option), { objectMode: false }),
    );
    yield* (looksLikeText(head) ? source : decodedBody(source, steps, subject)) as AsyncIterable<Buffer>;
  });
}

/** Reads at most `cap` bytes of a text document that may be incomplete, such as the body of an error. */
export async function readText(response: Encoded, cap: number): Promise<CappedBytes> {
  return readCapped(documentBody(response, { subject: 'response', maxBytes: cap }), cap);
}

/** The bytes that an encoding may add to content that it cannot compress. */
const SLACK = 64 * 1024;

/** Caps encoded input. Endless input may decode to nothing, such as empty members of gzip, so a cap of output is not enough. */
async function* capped(
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

interface PeekedStream {
  /** The first bytes. */
  readonly head: Buffer;
  /** All bytes, including those of the head. */
  readonly rest: AsyncIterable<Buffer>;
}

async function peek(source: Readable): Promise<PeekedStream> {
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

/** The number of first bytes that distinguish text from compressed data. */
const HEAD = 64;

/** Whether bytes begin like JSON or a web page, without control characters. No compressed format begins like that. */
function looksLikeText(head: Buffer): boolean {
  const text = head.subarray(0, HEAD).toString('latin1');
  return /^(?:\xef\xbb\xbf)?\s*[{[<"]/.test(text) && /^[\t\n\r\x20-\xff]*$/.test(text);
}

function decodeThrough(source: Readable, decoder: Transform): Readable {
  // The error reaches the reader through the stream that is returned.
  pipeline(source, decoder, () => undefined);
  return decoder;
}

/** In RFC 9110, `deflate` means the zlib format, but some servers send deflate data without the header of zlib. */
function inflate(source: Readable): Readable {
  return generated(source, async function* () {
    const { head, rest } = await peek(source);
    const isZlib = head.byteLength > 1 && (head.readUInt8(0) & 0x0f) === 8 && head.readUInt16BE(0) % 31 === 0;
    const decoder = isZlib
      ? ignoreLateErrors(createInflate(CHUNK))
      : ignoreLateErrors(createInflateRaw(CHUNK));
    const body = ignoreLateErrors(Readable.from(rest, { objectMode: false }));
    yield* decodeThrough(body, decoder) as AsyncIterable<Buffer>;
  });
}
