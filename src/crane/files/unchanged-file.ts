import { type BigIntStats, constants } from 'node:fs';
import { Readable } from 'node:stream';
import { fstatAsync } from '../../internal/files/descriptors.js';
import { SourceChangedError } from '../../errors/source-changed.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { markDisposable } from '../../internal/streams/disposable.js';
import { HIGH_WATER_MARK } from '../../internal/streams/generated.js';
import { fileSystemError, type OpenFile, openFile } from '../../internal/files/open-file.js';
import { assertUnchanged } from '../../internal/files/unchanged.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

/** Files up to here are read in one piece. */
const SMALL = 128 * 1024;

/** A name that leads elsewhere by now is not followed, and nothing is waited for. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The content of a file that was seen before: bytes of a small one, a stream of a large one.
 *
 * @throws {@link SourceChangedError}, of a large one through the stream, if it is not what it was.
 */
export async function readSeenFile(
  source: Buffer,
  seen: BigIntStats,
  { signal }: AbortOptions,
): Promise<Uint8Array | Readable> {
  const size = Number(seen.size);
  if (size <= SMALL) return withSeenFile(source, seen, async (file) => readPiece(file, 0, size));
  const pieces = pieceByPiece(source, seen, size);
  return markDisposable(
    ignoreLateErrors(Readable.from(pieces, { objectMode: false, highWaterMark: HIGH_WATER_MARK, signal })),
  );
}

async function* pieceByPiece(source: Buffer, seen: BigIntStats, size: number): AsyncGenerator<Buffer> {
  const file = await openSeen(source, seen);
  try {
    for (let at = 0; at < size; at += HIGH_WATER_MARK) {
      yield await readPiece(file, at, Math.min(HIGH_WATER_MARK, size - at));
    }
    await check(file, seen);
  } finally {
    await file.close();
  }
}

async function withSeenFile<T>(
  source: Buffer,
  seen: BigIntStats,
  read: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await openSeen(source, seen);
  try {
    const found = await read(file);
    await check(file, seen);
    return found;
  } finally {
    await file.close();
  }
}

async function openSeen(source: Buffer, seen: BigIntStats): Promise<OpenFile> {
  const file = await openFile(source, FLAGS);
  try {
    await check(file, seen);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function check({ fd, path }: OpenFile, seen: BigIntStats): Promise<void> {
  try {
    assertUnchanged(path, seen, await fstatAsync(fd, { bigint: true }));
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
}

/** Exactly so many bytes. */
async function readPiece(file: OpenFile, start: number, length: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length;) {
    const count = await file.readInto(piece, at, length - at, start + at);
    if (count === 0) throw new SourceChangedError(file.path, 'it has become shorter');
    at += count;
  }
  return piece;
}
