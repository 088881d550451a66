import { availableParallelism } from 'node:os';
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';
import { constants, crc32, createDeflateRaw } from 'node:zlib';

import { dispose, isDisposable, markDisposable } from './disposable.js';
import { ONE_CHUNK } from './generated.js';

/** Part of the format of the output: another size gives other bytes. */
const BLOCK_SIZE = 512 * 1024;

/** How far back deflate can refer. */
const WINDOW_SIZE = 32 * 1024;

const DEFAULT_LEVEL = 1;

const EMPTY = Buffer.alloc(0);

export interface GzipOptions {
  /** 0 (stored) to 9 (smallest). @default 1 */
  readonly level?: number | undefined;
  /** Blocks packed at a time; does not change the output. */
  readonly parallel?: number | undefined;
}

/**
 * One gzip member of the bytes of `source`.
 *
 * The input is cut into blocks of a fixed size. Each is deflated by itself, with
 * the end of its predecessor as dictionary, and ends on a byte boundary, so that
 * the pieces can be joined. Neither the threads nor the way in which the
 * input arrives change the output. Owns the source.
 *
 * @throws TypeError if `level` is none of zlib's.
 */
export function gzipped(source: Readable, options: GzipOptions = {}): Readable {
  const packer = markDisposable(new BlockPacker(options, isDisposable(source)));
  // The error reaches the reader through the stream that is returned.
  pipeline(source, packer, () => undefined);
  return packer;
}

class BlockPacker extends Transform {
  readonly #level: number;
  readonly #parallel: number;
  readonly #disposable: boolean;
  #block = EMPTY;
  #filled = 0;
  #dictionary: Buffer | undefined;
  #crc = 0;
  #size = 0;
  #inFlight = 0;
  /** Settles when every block up to now was pushed. */
  #pushed: Promise<void>;
  #resume: (() => void) | undefined;

  constructor(
    { level = DEFAULT_LEVEL, parallel = Math.min(availableParallelism() + 1, 8) }: GzipOptions,
    disposable: boolean,
  ) {
    // Packed blocks come several at a time; objects are not glued together for the reader.
    super({ readableObjectMode: true, readableHighWaterMark: 1, writableHighWaterMark: ONE_CHUNK });
    if (!Number.isInteger(level) || level < 0 || level > 9) {
      throw new TypeError(`the gzip level must be an integer from 0 to 9, not ${level}`);
    }
    this.#level = level;
    this.#parallel = parallel;
    this.#disposable = disposable;
    this.push(header(level));
    this.#pushed = Promise.resolve();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#take(chunk, chunk, callback);
  }

  /** Copies what is left of a chunk into blocks, as there is room for them. */
  #take(chunk: Buffer, left: Buffer, callback: TransformCallback): void {
    let rest = left;
    while (rest.byteLength > 0) {
      if (this.#inFlight >= this.#parallel) {
        this.#resume = () => {
          this.#take(chunk, rest, callback);
        };
        return;
      }
      if (this.#filled === 0) this.#block = Buffer.allocUnsafeSlow(BLOCK_SIZE);
      const taken = rest.copy(this.#block, this.#filled);
      this.#filled += taken;
      rest = rest.subarray(taken);
      if (this.#filled === BLOCK_SIZE) this.#dispatch(false);
    }
    if (this.#disposable) dispose(chunk);
    callback();
  }

  override _flush(callback: TransformCallback): void {
    this.#dispatch(true);
    this.#pushed.then(
      () => {
        this.push(trailer(this.#crc, this.#size));
        callback();
      },
      () => undefined,
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#resume = undefined;
    callback(error);
  }

  #dispatch(last: boolean): void {
    const block = this.#filled === 0 ? EMPTY : this.#block.subarray(0, this.#filled);
    this.#filled = 0;
    // zlib takes no bytes at no address for a new beginning.
    if (block.byteLength > 0) this.#crc = crc32(block, this.#crc);
    this.#size += block.byteLength;
    this.#inFlight += 1;
    const packed = deflateBlock(block, this.#level, this.#dictionary, last);
    // A copy, so that the block can go as soon as it is packed.
    this.#dictionary = Buffer.from(block.subarray(-WINDOW_SIZE));
    this.#pushed = this.#pushAfter(this.#pushed, packed);
    this.#pushed.catch((error: unknown) => this.destroy(error as Error));
  }

  async #pushAfter(before: Promise<void>, packed: Promise<Buffer>): Promise<void> {
    const [, bytes] = await Promise.all([before, packed]);
    this.#inFlight -= 1;
    if (this.destroyed) return;
    this.push(bytes);
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

async function deflateBlock(
  block: Buffer,
  level: number,
  dictionary: Buffer | undefined,
  last: boolean,
): Promise<Buffer> {
  // Room for the whole result, also of bytes that do not shrink: one call into zlib.
  const chunkSize = block.byteLength + 1024;
  const deflater = createDeflateRaw({
    level,
    chunkSize,
    finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    ...(dictionary === undefined ? {} : { dictionary }),
  });
  deflater.end(block);
  const pieces: Buffer[] = [];
  for await (const piece of deflater) pieces.push(piece as Buffer);
  const packed = Buffer.concat(pieces);
  // zlib is done with all that it read and wrote, and nobody else has it; but a small result lies in a shared pool.
  dispose(block);
  const written = pieces[0]?.buffer;
  if (written?.byteLength === chunkSize) dispose(new Uint8Array(written));
  return packed;
}

/** No name, no time; the byte for the level and an unknown system, as Go writes them. */
function header(level: number): Buffer {
  const effort = level === 9 ? 2 : level === 1 ? 4 : 0;
  return Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, effort, 0xff]);
}

function trailer(crc: number, size: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(crc, 0);
  bytes.writeUInt32LE(size % 2 ** 32, 4);
  return bytes;
}
