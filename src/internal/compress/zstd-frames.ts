import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { ByteReader } from '../streams/byte-reader.js';
import { eventLoopDue } from '../async/event-loop.js';

/** A piece of a zstd stream that lies within one frame. */
export interface FramePiece {
  readonly bytes: Buffer;
  /** Whether this piece begins a frame. */
  readonly first: boolean;
  /** Whether this piece completes its frame. */
  readonly last: boolean;
}

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** The largest window that zstd's own decoder accepts by default, in bytes. */
const MAX_WINDOW = 128 * 1024 * 1024;

/** RFC 8878, section 3.1.1.2.4: no block, compressed or not, is larger. */
const MAX_BLOCK = 128 * 1024;

const PIECE = 64 * 1024;

/**
 * Parses the frames of a zstd stream (RFC 8878) without decoding them.
 *
 * It is needed for two reasons: Node's decoder takes a truncated stream for a complete one and drops the data
 * after a frame in the same chunk, and a frame's header says how much memory its window takes. Skippable frames
 * are left out.
 */
export async function* zstdFrames(input: ByteReader): AsyncGenerator<FramePiece> {
  while (input.buffered > 0 || (await input.fill(1))) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    const magicBytes = await take(input, 4);
    const magic = magicBytes.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      await skip(input, (await take(input, 4)).readUInt32LE(0));
    } else if (magic === MAGIC) {
      yield* frame(input, magicBytes);
    } else {
      throw new ArchiveInvalidError('zstd: the data is not zstd, or other data follows its end');
    }
  }
}

async function* frame(input: ByteReader, magic: Buffer): AsyncGenerator<FramePiece> {
  const flags = await take(input, 1);
  const { rest, checksum, windowSize } = frameHeader(flags.readUInt8(0));
  const fields = await take(input, rest);
  if (windowSize(fields) > MAX_WINDOW) {
    throw new UnsupportedError(`zstd: the frame needs a window of more than ${MAX_WINDOW} bytes`);
  }
  yield { bytes: Buffer.concat([magic, flags, fields]), first: true, last: false };

  for (let lastBlock = false; !lastBlock;) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    const header = await take(input, 3);
    const bits = header.readUIntLE(0, 3);
    const type = (bits >> 1) & 3;
    const size = bits >> 3;
    lastBlock = (bits & 1) === 1;
    if (type === 3 || size > MAX_BLOCK) throw new ArchiveInvalidError('zstd: invalid block');
    // A block of one repeated byte has the length of the run in its header and contains the byte once.
    let left = type === 1 ? 1 : size;
    const end = lastBlock && !checksum;
    yield { bytes: header, first: false, last: end && left === 0 };
    while (left > 0) {
      if (input.buffered === 0 && !(await input.fill(1))) throw truncated();
      const bytes = input.takeSome(Math.min(left, PIECE));
      left -= bytes.byteLength;
      yield { bytes, first: false, last: end && left === 0 };
    }
  }
  if (checksum) yield { bytes: await take(input, 4), first: false, last: true };
}

interface FrameHeader {
  /** Bytes of the header after its flags. */
  readonly rest: number;
  readonly checksum: boolean;
  readonly windowSize: (fields: Buffer) => number;
}

function frameHeader(flags: number): FrameHeader {
  if ((flags & 8) !== 0) throw new ArchiveInvalidError('zstd: invalid frame header');
  const singleSegment = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  if (dictionaryBytes > 0) throw new UnsupportedError('zstd: the frame needs a dictionary');
  return {
    rest: (singleSegment ? 0 : 1) + sizeBytes,
    checksum: (flags & 4) !== 0,
    windowSize: singleSegment
      ? (fields) => contentSize(fields, sizeBytes)
      : (fields) => {
          const descriptor = fields.readUInt8(0);
          const base = 2 ** (10 + (descriptor >> 3));
          return base + (base / 8) * (descriptor & 7);
        },
  };
}

function contentSize(fields: Buffer, bytes: number): number {
  if (bytes === 8) return Number(fields.readBigUInt64LE(0));
  return fields.readUIntLE(0, bytes) + (bytes === 2 ? 256 : 0);
}

async function skip(input: ByteReader, size: number): Promise<void> {
  for (let left = size; left > 0;) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    if (input.buffered === 0 && !(await input.fill(1))) throw truncated();
    left -= input.takeSome(left).byteLength;
  }
}

async function take(input: ByteReader, size: number): Promise<Buffer> {
  if (input.buffered < size && !(await input.fill(size))) throw truncated();
  return input.take(size);
}

function truncated(): ArchiveInvalidError {
  return new ArchiveInvalidError('zstd: unexpected end of data');
}
