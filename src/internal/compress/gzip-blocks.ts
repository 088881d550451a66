import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream';

import { type Block, BLOCK_SIZE, type DeflatedBlock, WINDOW_SIZE } from './deflate/block.js';
import { combineCrc32 } from './crc32-combine.js';
import { TASKS_IN_FLIGHT } from './deflate/threads.js';
import { dispose, isDisposable, markDisposable } from '../streams/disposable.js';
import { fastBlock } from './deflate/fast-block.js';
import { ONE_CHUNK } from '../streams/generated.js';
import { zlibBlock } from './deflate/zlib-block.js';
import { ignoreLateErrors } from '../streams/consume.js';

/** The level of this package's own encoder; zlib does the others. */
const FAST = 1;

const EMPTY = Buffer.alloc(0);

export interface GzipOptions {
  /** 0 (stored) to 9 (smallest). @default 1 */
  readonly level?: number | undefined;
  /** Blocks that are compressed at the same time. It does not change the output. */
  readonly parallel?: number | undefined;
}

/**
 * Compresses `source` into one gzip member.
 *
 * The input is cut into blocks of a fixed size. Each block is deflated separately, with the end of the previous
 * block as its dictionary, and ends on a byte boundary, so that the pieces can be joined. Neither the threads nor
 * the chunks of the input change the output. Owns the source.
 *
 * @throws TypeError if `level` is not one of zlib's levels.
 */
export function gzipped(source: Readable, options: GzipOptions = {}): Readable {
  const packer = markDisposable(ignoreLateErrors(new BlockPacker(options, isDisposable(source))));
  // The reader gets the error from the returned stream.
  pipeline(source, packer, () => undefined);
  return packer;
}

class BlockPacker extends Transform {
  readonly #take: () => Block;
  readonly #parallel: number;
  readonly #disposable: boolean;
  #block: Block | undefined;
  #filled = 0;
  #dictionary: Buffer = EMPTY;
  /** Memory for the dictionaries of this block and the next one, in turns. */
  #windows: readonly [Buffer, Buffer] = [Buffer.alloc(WINDOW_SIZE), Buffer.alloc(WINDOW_SIZE)];
  #crc = 0;
  #size = 0;
  #inFlight = 0;
  /** Settles when all blocks so far were pushed. */
  #pushed: Promise<void>;
  #resume: (() => void) | undefined;

  constructor({ level = FAST, parallel = TASKS_IN_FLIGHT }: GzipOptions, disposable: boolean) {
    // Several compressed blocks come at a time. In object mode Node does not join them for the reader.
    super({ readableObjectMode: true, readableHighWaterMark: 1, writableHighWaterMark: ONE_CHUNK });
    if (!Number.isInteger(level) || level < 0 || level > 9) {
      throw new TypeError(`the gzip level must be an integer from 0 to 9, not ${level}`);
    }
    this.#take = level === FAST ? fastBlock : () => zlibBlock(level);
    this.#parallel = parallel;
    this.#disposable = disposable;
    this.push(header(level));
    this.#pushed = Promise.resolve();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#fill(chunk, chunk, callback);
  }

  /** Copies the rest of a chunk into blocks, while room is left for them. */
  #fill(chunk: Buffer, left: Buffer, callback: TransformCallback): void {
    let rest = left;
    try {
      while (rest.byteLength > 0) {
        if (this.#inFlight >= this.#parallel) {
          this.#resume = () => {
            this.#fill(chunk, rest, callback);
          };
          return;
        }
        const { bytes } = (this.#block ??= this.#take());
        const taken = rest.copy(bytes, this.#filled);
        this.#filled += taken;
        rest = rest.subarray(taken);
        if (this.#filled === BLOCK_SIZE) this.#dispatch(this.#block, false);
      }
    } catch (error) {
      // No memory is left for a block.
      callback(error as Error);
      return;
    }
    if (this.#disposable) dispose(chunk);
    callback();
  }

  override _flush(callback: TransformCallback): void {
    try {
      this.#dispatch(this.#block ?? this.#take(), true);
    } catch (error) {
      callback(error as Error);
      return;
    }
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
    this.#block?.release();
    this.#block = undefined;
    callback(error);
  }

  #dispatch(block: Block, last: boolean): void {
    const size = this.#filled;
    const dictionary = this.#dictionary;
    // A copy, so that the block can be freed as soon as it is compressed.
    const [next, other] = this.#windows;
    const length = block.bytes.copy(next, 0, Math.max(size - WINDOW_SIZE, 0), size);
    this.#dictionary = next.subarray(0, length);
    this.#windows = [other, next];
    this.#block = undefined;
    this.#filled = 0;
    this.#inFlight += 1;
    const packed = block.deflate(size, dictionary, last);
    this.#pushed = this.#pushAfter(this.#pushed, packed, size);
    this.#pushed.catch((error: unknown) => this.destroy(error as Error));
  }

  async #pushAfter(before: Promise<void>, packed: Promise<DeflatedBlock>, size: number): Promise<void> {
    const [, { bytes, crc }] = await Promise.all([before, packed]);
    this.#inFlight -= 1;
    this.#crc = combineCrc32(this.#crc, crc, size);
    this.#size += size;
    if (this.destroyed) return;
    this.push(bytes);
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

/** A header without name and time; the bytes for the level and for an unknown system are those that Go writes. */
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
