import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { type AbortOptions, firstSignal } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { byteReader, type ByteReader } from '../../internal/streams/byte-reader.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { lazyStream } from '../../internal/streams/lazy-stream.js';
import { zeros } from '../../internal/tar/sparse/body.js';
import { compressedRange } from '../../partial/capabilities.js';
import type { Layer } from '../../v1/layer.js';
import type { Chunk, StoredChunk } from '../entries/chunk.js';

/** Chunks that one request fetches, because they are stored one after the other. */
interface Run {
  readonly chunks: readonly Chunk[];
  readonly stored: StoredChunk | undefined;
}

/**
 * The content of a file from its chunks. Only the ranges of the chunks are fetched, one request for all that follow each other.
 * The last bytes of a chunk are passed on only if the chunk has its digest.
 *
 * @throws DigestMismatchError through the stream
 */
export function openChunks(
  layer: Layer,
  path: string,
  chunks: readonly Chunk[],
  { signal }: AbortOptions,
): Readable {
  return lazyStream((destroyed) => {
    const bytes = chunkBytes(layer, path, chunks, { signal: firstSignal(signal, destroyed) });
    return ignoreLateErrors(Readable.from(bytes, { objectMode: false }));
  });
}

async function* chunkBytes(
  layer: Layer,
  path: string,
  chunks: readonly Chunk[],
  options: AbortOptions,
): AsyncGenerator<Uint8Array> {
  for (const { chunks: wanted, stored } of runsOf(chunks)) {
    if (stored === undefined) {
      for (const { size } of wanted) yield* zeroBytes(size);
      continue;
    }
    const { offset, end, skip } = stored;
    const range = await compressedRange(layer, offset, end - offset, options);
    const plain = await decompressed(range, options);
    try {
      const input = byteReader(plain);
      await skipBytes(input, skip, path);
      for (const chunk of wanted) yield* checkedChunk(input, chunk, path);
    } finally {
      discard(plain);
    }
  }
}

function runsOf(chunks: readonly Chunk[]): readonly Run[] {
  const runs: { chunks: Chunk[]; stored: StoredChunk | undefined }[] = [];
  for (const chunk of chunks) {
    const { stored } = chunk;
    const run = runs.at(-1);
    const last = run?.stored;
    // Chunks in the same compressed data, or in the data that follows it, are read in one go.
    if (run !== undefined && last !== undefined && stored !== undefined && follows(last, stored)) {
      run.chunks.push(chunk);
      run.stored = { ...last, end: Math.max(last.end, stored.end) };
    } else {
      runs.push({ chunks: [chunk], stored });
    }
  }
  return runs;
}

function follows(last: StoredChunk, next: StoredChunk): boolean {
  return next.offset === last.end || (next.offset >= last.offset && next.end === last.end);
}

/** The digest is checked before the end of the chunk is passed on, so its last piece is held back. */
async function* checkedChunk(input: ByteReader, chunk: Chunk, path: string): AsyncGenerator<Uint8Array> {
  const expected = parseDigest(chunk.digest);
  const hash = createHash(expected?.algorithm ?? 'sha256');
  let held: Buffer | undefined;
  for (let left = chunk.size; left > 0;) {
    if (input.buffered === 0 && !(await input.fill(1))) throw tooShort(path);
    const piece = input.takeSome(left);
    hash.update(piece);
    left -= piece.byteLength;
    if (held !== undefined) yield held;
    held = piece;
  }
  const actual = hash.digest('hex');
  if (actual !== expected?.hex) {
    const algorithm = expected?.algorithm ?? 'sha256';
    throw new DigestMismatchError(`a chunk of /${path}`, chunk.digest, `${algorithm}:${actual}`);
  }
  if (held !== undefined) yield held;
}

async function skipBytes(input: ByteReader, count: number, path: string): Promise<void> {
  for (let left = count; left > 0;) {
    if (input.buffered === 0 && !(await input.fill(1))) throw tooShort(path);
    left -= input.skipSome(left);
  }
}

function* zeroBytes(size: number): Generator<Uint8Array> {
  for (let left = size; left > 0;) {
    const piece = zeros(left);
    left -= piece.byteLength;
    yield piece;
  }
}

function tooShort(path: string): ArchiveInvalidError {
  return new ArchiveInvalidError(
    `layer: the content of /${path} ends earlier than its table of contents says`,
  );
}
