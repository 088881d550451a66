import { pipeline, type Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';

import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { Budget } from '../streams/budget.js';
import { byteReader } from '../streams/byte-reader.js';
import type { Codec } from './codec.js';
import { errorCode } from '../error-code.js';
import { generated } from '../streams/generated.js';
import { type FramePiece, zstdFrames } from './zstd-frames.js';
import { ignoreLateErrors } from '../streams/consume.js';

/** The functions that `node:zlib` has since Node 22.15 and the types of Node 20 lack. */
interface NativeZstd {
  createZstdCompress(options: NativeOptions): Transform;
  createZstdDecompress(options: NativeOptions): Transform;
  readonly constants: { readonly ZSTD_c_compressionLevel: number; readonly ZSTD_c_checksumFlag: number };
}

interface NativeOptions {
  readonly chunkSize?: number;
  readonly params?: Readonly<Record<number, number>>;
}

/** Bytes of a piece. Larger pieces need fewer switches between threads. */
const CHUNK = 256 * 1024;

const DEFAULT_LEVEL = 1;

/** Decodes frames to plain bytes. */
type Decoder = (frames: AsyncGenerator<FramePiece>) => AsyncGenerator<Uint8Array>;

/**
 * RFC 8878. It decompresses on every runtime: without zstd in the runtime more slowly, on the main thread, and
 * without checking the frames' own checksums. It compresses only if the runtime can.
 */
export const zstd: Codec = {
  // A block of four bytes can stand for up to 128 KiB of one byte.
  ratio: 40_000,

  compress(source, level = DEFAULT_LEVEL): Readable {
    const native = nativeZstd();
    if (native === undefined) {
      throw new UnsupportedError('zstd: this version of Node cannot write it', {
        hint: 'use Node 22.15 or newer, or gzip',
      });
    }
    if (!Number.isInteger(level) || level < 1 || level > 22) {
      throw new TypeError(`the zstd level must be an integer from 1 to 22, not ${level}`);
    }
    const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = native.constants;
    const packer = native.createZstdCompress({
      chunkSize: CHUNK,
      params: { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: 1 },
    });
    ignoreLateErrors(packer);
    // The reader gets the error from the returned stream.
    pipeline(inEqualPieces(source), packer, () => undefined);
    return packer;
  },

  decompress(source, budget): Readable {
    const native = nativeZstd();
    return unzstd(
      source,
      budget,
      native === undefined ? portableDecoder : (frames) => nativeDecoder(native, frames),
    );
  },
};

/** Passes on the bytes in pieces of one size, because zstd's block boundaries depend on the sizes of its input. */
function inEqualPieces(source: Readable): Readable {
  return generated(source, async function* () {
    let piece = Buffer.allocUnsafeSlow(CHUNK);
    let filled = 0;
    // Byte streams yield bytes.
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      for (let at = 0; at < chunk.byteLength;) {
        const taken = chunk.subarray(at, at + CHUNK - filled);
        piece.set(taken, filled);
        at += taken.byteLength;
        filled += taken.byteLength;
        if (filled < CHUNK) continue;
        yield piece;
        piece = Buffer.allocUnsafeSlow(CHUNK);
        filled = 0;
      }
    }
    if (filled > 0) yield piece.subarray(0, filled);
  });
}

/** Whether this runtime can compress with zstd. */
export function canWriteZstd(): boolean {
  return nativeZstd() !== undefined;
}

/** Decompresses with the decoder written in JavaScript, even if the runtime has a faster one. */
export function unzstdPortable(source: Readable, budget: Budget): Readable {
  return unzstd(source, budget, portableDecoder);
}

function nativeZstd(): NativeZstd | undefined {
  // Only a check at run time can show this, because the types are those of Node 20.
  return 'createZstdDecompress' in zlib ? (zlib as unknown as NativeZstd) : undefined;
}

function unzstd(source: Readable, budget: Budget, decode: Decoder): Readable {
  return generated(source, () => decoded(source, budget, decode));
}

async function* decoded(source: Readable, budget: Budget, decode: Decoder): AsyncGenerator<Uint8Array> {
  const input = byteReader(source);
  let written = 0;
  for await (const chunk of decode(zstdFrames(input))) {
    written += chunk.byteLength;
    budget.check(input.offset, written);
    yield chunk;
  }
}

async function* nativeDecoder(
  native: NativeZstd,
  frames: AsyncGenerator<FramePiece>,
): AsyncGenerator<Uint8Array> {
  const decoder = ignoreLateErrors(native.createZstdDecompress({ chunkSize: CHUNK }));
  const feeding = feed(decoder, frames);
  feeding.catch((error: unknown) => decoder.destroy(error as Error));
  try {
    // Transforms of zlib yield Buffers.
    for await (const chunk of decoder) yield chunk as Buffer;
  } catch (error) {
    throw /^(ZSTD_|Z_)/.test(errorCode(error)) ? invalid(error) : error;
  } finally {
    decoder.destroy();
  }
  await feeding;
}

async function feed(decoder: Transform, frames: AsyncGenerator<FramePiece>): Promise<void> {
  for await (const { bytes } of frames) {
    await new Promise<void>((resolve, reject) => {
      decoder.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  decoder.end();
}

async function* portableDecoder(frames: AsyncGenerator<FramePiece>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import('fzstd');
  let ready: Uint8Array[] = [];
  const collect = (chunk: Uint8Array): void => {
    if (chunk.byteLength > 0) ready.push(chunk);
  };
  let decoder = new Decompress(collect);
  for await (const { bytes, first, last } of frames) {
    if (first) decoder = new Decompress(collect);
    try {
      decoder.push(bytes, last);
    } catch (error) {
      throw invalid(error);
    }
    yield* ready;
    ready = [];
  }
}

function invalid(error: unknown): ArchiveInvalidError {
  return new ArchiveInvalidError(`zstd: ${(error as Error).message}`, { cause: error });
}
