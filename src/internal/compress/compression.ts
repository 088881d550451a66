import { Readable } from 'node:stream';

import { type AbortOptions, orAborted } from '../async/abort.js';
import { budget, type BudgetOptions, markBudget } from '../streams/budget.js';
import type { Codec, Compression, DecompressOptions } from './codec.js';
import { destroyOnAbort, discard, ignoreLateErrors } from '../streams/consume.js';
import { gzip } from './gzip.js';
import { zstd } from './zstd.js';

export type { Compression } from './codec.js';

const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = { gzip, zstd };

/** Bytes that distinguish the formats. */
const MAGIC_LENGTH = 4;

/** Detects the compression from the first four bytes of a stream. */
export function compressionOf(head: Uint8Array): Compression {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A zstd stream may begin with a skippable frame.
  if (a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  return 'none';
}

/**
 * Detects the compression of a stream from its first bytes. The returned stream has all bytes, including the first
 * ones, and belongs to the caller. If the call fails, the source is destroyed.
 */
export async function sniff(
  source: Readable,
  { signal }: AbortOptions = {},
): Promise<{ readonly compression: Compression; readonly stream: Readable }> {
  try {
    signal?.throwIfAborted();
    ignoreLateErrors(source);
    const { head, ended } = await orAborted(peek(source), signal);
    return {
      compression: compressionOf(head),
      // A source that has ended cannot take bytes back, and may have ended before the caller could listen.
      stream: ended
        ? ignoreLateErrors(Readable.from(head.byteLength > 0 ? [head] : [], { objectMode: false }))
        : source,
    };
  } catch (error) {
    discard(source);
    throw error;
  }
}

interface Peeked {
  readonly head: Buffer;
  /** Whether the source ended before the length of a magic number; `head` has all of its bytes then. */
  readonly ended: boolean;
}

function peek(source: Readable): Promise<Peeked> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onReadable = (): void => {
      let chunk;
      while (size < MAGIC_LENGTH && (chunk = source.read() as Buffer | null) !== null) {
        chunks.push(chunk);
        size += chunk.byteLength;
      }
      if (size < MAGIC_LENGTH) return;
      settle();
      const head = Buffer.concat(chunks, size);
      source.unshift(head);
      resolve({ head, ended: false });
    };
    const onEnd = (): void => {
      settle();
      resolve({ head: Buffer.concat(chunks, size), ended: true });
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onClose = (): void => {
      onError(source.errored ?? new Error('the stream was closed before its first byte'));
    };
    const settle = (): void => {
      source.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    if (source.readableEnded) onEnd();
    else if (source.destroyed) onClose();
    else source.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}

export interface DecompressedOptions extends BudgetOptions, AbortOptions, DecompressOptions {}

/**
 * Decompresses `source`, whatever its compression, within a budget that guards against decompression bombs. Owns
 * the source.
 */
export async function decompressed(source: Readable, options: DecompressedOptions = {}): Promise<Readable> {
  const { compression, stream } = await sniff(source, options);
  const codec = compression === 'none' ? undefined : codecs[compression];
  const plain =
    codec === undefined ? stream : codec.decompress(stream, budget(options, codec.ratio), options);
  const stop = destroyOnAbort(plain, options.signal);
  plain.once('close', stop);
  return markBudget(plain, options);
}

export interface CompressedOptions {
  readonly compression: Compression;
  /** The compression level in the scale of the format. @default 1 */
  readonly level?: number | undefined;
}

/** Compresses the bytes of `source`; `none` returns it unchanged. Owns the source. */
export function compressed(source: Readable, { compression, level }: CompressedOptions): Readable {
  if (compression === 'none') return source;
  try {
    return codecs[compression].compress(source, level);
  } catch (error) {
    discard(source);
    throw error;
  }
}
