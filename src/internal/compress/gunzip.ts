import type { Readable } from 'node:stream';
import { crc32, createInflateRaw, type InflateRaw, inflateRawSync, type ZlibOptions } from 'node:zlib';

import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { Budget } from '../streams/budget.js';
import type { DecompressOptions } from './codec.js';
import { type ByteReader, byteReader } from '../streams/byte-reader.js';
import { dispose, markDisposable } from '../streams/disposable.js';
import { errorCode } from '../error-code.js';
import { eventLoopDue } from '../async/event-loop.js';
import { generated } from '../streams/generated.js';
import { skipMemberHeader } from './gzip-header.js';
import { ignoreLateErrors } from '../streams/consume.js';

/** zlib's default of 16 KiB costs a thread switch for each piece. */
const OUTPUT_CHUNK = 256 * 1024;

/**
 * zlib continues on its thread while this thread processes earlier output. In object mode the waiting chunks stay
 * separate; otherwise Node would join them into one large copy for the reader.
 */
const READ_AHEAD: ZlibOptions = {
  chunkSize: OUTPUT_CHUNK,
  // The types lack the options that zlib's streams share with all streams.
  ...{ readableObjectMode: true, readableHighWaterMark: 4 },
};

/** Bytes of input that may hold a small member. */
const SMALL_INPUT = 64 * 1024;

/** The smallest output buffer for a small member, in bytes. */
const MIN_CHUNK = 256;

const PADDING = Buffer.alloc(SMALL_INPUT);

/**
 * Decompresses a gzip stream, with all its members one after the other. Owns the source.
 *
 * Zero bytes after the last member are padding. Other data there is an ArchiveInvalidError, which follows the
 * output: Node's own parser would drop the output that it inflated from the same chunk.
 */
export function gunzipped(source: Readable, budget: Budget, options: DecompressOptions = {}): Readable {
  return markDisposable(generated(source, () => members(byteReader(source), budget, options)));
}

async function* members(
  input: ByteReader,
  budget: Budget,
  { refusePadding = false, onEnd }: DecompressOptions,
): AsyncGenerator<Buffer> {
  let written = 0;
  let first = true;
  let end: number;
  const small = new SmallMembers(input);
  try {
    do {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      await skipMemberHeader(input);
      // Most streams have one member. Streams with more often have many small ones.
      const content = first ? undefined : small.inflate();
      first = false;
      if (content !== undefined) {
        written += content.byteLength;
        budget.check(input.offset, written);
        const output = small.add(content);
        if (output !== undefined) yield output;
        await checkTrailer(input, crc32(content), content.byteLength);
        end = input.offset;
        continue;
      }
      const gathered = small.flush();
      if (gathered !== undefined) yield gathered;
      let crc = 0;
      let size = 0;
      for await (const chunk of inflated(input)) {
        crc = crc32(chunk, crc);
        size += chunk.byteLength;
        budget.check(input.offset, written + size);
        yield chunk;
      }
      written += size;
      await checkTrailer(input, crc, size);
      end = input.offset;
    } while (await hasMember(input, refusePadding));
  } catch (error) {
    // The error has to follow the data before it.
    const gathered = small.flush();
    if (gathered !== undefined) yield gathered;
    throw error;
  }
  const remaining = small.flush();
  if (remaining !== undefined) yield remaining;
  onEnd?.(end);
}

/** Inflates members that are completely buffered, without the cost of a stream, and gathers their content. */
class SmallMembers {
  readonly #input: ByteReader;
  #chunkSize = MIN_CHUNK;
  #gathered: Buffer[] = [];
  #size = 0;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  /**
   * Inflates the next member; undefined if it is too large, truncated or damaged, which the stream will report.
   */
  inflate(): Buffer | undefined {
    const piece = this.#input.takeSome(SMALL_INPUT);
    try {
      const options = { info: true, chunkSize: this.#chunkSize, maxOutputLength: OUTPUT_CHUNK };
      // The types lack the effect of `info`.
      const result = inflateRawSync(piece, options) as unknown as Inflated;
      this.#input.unread(piece.subarray(result.engine.bytesWritten));
      this.#expect(result.buffer.byteLength);
      return result.buffer;
    } catch {
      this.#input.unread(piece);
      return undefined;
    }
  }

  /** Adds the content of a member; returns all gathered content if it is enough to pass on. */
  add(content: Buffer): Buffer | undefined {
    if (content.byteLength > 0) this.#gathered.push(content);
    this.#size += content.byteLength;
    return this.#size < OUTPUT_CHUNK ? undefined : this.flush();
  }

  flush(): Buffer | undefined {
    if (this.#size === 0) return undefined;
    const all = Buffer.concat(this.#gathered, this.#size);
    this.#gathered = [];
    this.#size = 0;
    return all;
  }

  /** Most of the cost of a tiny member is its output buffer. The next member is probably about as large. */
  #expect(size: number): void {
    this.#chunkSize = Math.min(SMALL_INPUT, Math.max(MIN_CHUNK, 2 * size));
  }
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

async function* inflated(input: ByteReader): AsyncGenerator<Buffer> {
  const inflater = ignoreLateErrors(createInflateRaw(READ_AHEAD));
  const feeding = feed(inflater, input);
  // The same error ends the loop below; if the loop never runs, nothing else would handle it.
  feeding.catch((error: unknown) => inflater.destroy(error as Error));
  try {
    for await (const chunk of inflater) yield ownMemory(chunk as Buffer);
  } catch (error) {
    throw isZlibError(error) ? new ArchiveInvalidError(`gunzip: ${error.message}`, { cause: error }) : error;
  } finally {
    inflater.destroy();
  }
  await feeding;
}

/**
 * Returns output in memory of its own. zlib fills one Buffer with several pieces. After the last piece, when all
 * are copied, the Buffer can be freed.
 */
function ownMemory(chunk: Buffer): Buffer {
  const { buffer, byteOffset, byteLength } = chunk;
  if (byteLength === buffer.byteLength) return chunk;
  const copy = Buffer.allocUnsafeSlow(byteLength);
  chunk.copy(copy);
  if (byteOffset + byteLength === buffer.byteLength) dispose(new Uint8Array(buffer));
  return copy;
}

/** Feeds one member to zlib and puts back the bytes after it. */
async function feed(inflater: InflateRaw, input: ByteReader): Promise<void> {
  let offered = 0;
  while (input.buffered > 0 || (await input.fill(1))) {
    const piece = input.takeSome(Infinity);
    offered += piece.byteLength;
    await write(inflater, piece);
    const unused = offered - inflater.bytesWritten;
    if (unused > 0) {
      input.unread(piece.subarray(piece.byteLength - unused));
      return;
    }
    input.release(piece);
  }
  inflater.end();
}

function write(inflater: InflateRaw, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    inflater.write(piece, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function checkTrailer(input: ByteReader, crc: number, size: number): Promise<void> {
  if (!(await input.fill(8))) throw new ArchiveInvalidError('gunzip: unexpected end of data');
  const trailer = input.take(8);
  if (trailer.readUInt32LE(0) !== crc) throw new ArchiveInvalidError('gunzip: checksum mismatch');
  if (trailer.readUInt32LE(4) !== size % 2 ** 32) throw new ArchiveInvalidError('gunzip: length mismatch');
}

/** Skips zero padding. Data after it must be another member. */
async function hasMember(input: ByteReader, refusePadding: boolean): Promise<boolean> {
  while (input.buffered > 0 || (await input.fill(1))) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    const bytes = input.takeSome(SMALL_INPUT);
    if (refusePadding && bytes[0] === 0) {
      throw new ArchiveInvalidError('gunzip: zeros follow the data, which docker refuses in a layer');
    }
    if (bytes.equals(PADDING.subarray(0, bytes.byteLength))) continue;
    const start = bytes.findIndex((byte) => byte !== 0);
    input.unread(bytes.subarray(start));
    return true;
  }
  return false;
}

function isZlibError(error: unknown): error is Error {
  return errorCode(error).startsWith('Z_');
}
