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
const MAX_SINGLE_READ_BYTES = 128 * 1024;

/** A symbolic link that replaced the file is not followed, and opening a pipe does not wait for a writer. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Reads a file that must not have changed since `expected` was read: a small file as bytes, a large one as a stream.
 *
 * @throws SourceChangedError if the file has changed; for a large file, the stream fails with it.
 */
export async function readUnchangedFile(
  source: Buffer,
  expected: BigIntStats,
  { signal }: AbortOptions,
): Promise<Uint8Array | Readable> {
  const size = Number(expected.size);
  if (size <= MAX_SINGLE_READ_BYTES)
    return withUnchangedFile(source, expected, async (file) => readChunk(file, 0, size));
  const chunks = readInChunks(source, expected, size);
  return markDisposable(
    ignoreLateErrors(Readable.from(chunks, { objectMode: false, highWaterMark: HIGH_WATER_MARK, signal })),
  );
}

async function* readInChunks(source: Buffer, expected: BigIntStats, size: number): AsyncGenerator<Buffer> {
  const file = await openUnchanged(source, expected);
  try {
    for (let position = 0; position < size; position += HIGH_WATER_MARK) {
      yield await readChunk(file, position, Math.min(HIGH_WATER_MARK, size - position));
    }
    await assertFileUnchanged(file, expected);
  } finally {
    await file.close();
  }
}

async function withUnchangedFile<T>(
  source: Buffer,
  expected: BigIntStats,
  read: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await openUnchanged(source, expected);
  try {
    const found = await read(file);
    await assertFileUnchanged(file, expected);
    return found;
  } finally {
    await file.close();
  }
}

async function openUnchanged(source: Buffer, expected: BigIntStats): Promise<OpenFile> {
  const file = await openFile(source, FLAGS);
  try {
    await assertFileUnchanged(file, expected);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function assertFileUnchanged({ fd, path }: OpenFile, expected: BigIntStats): Promise<void> {
  try {
    assertUnchanged(path, expected, await fstatAsync(fd, { bigint: true }));
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
}

/** Reads exactly `length` bytes. */
async function readChunk(file: OpenFile, start: number, length: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafeSlow(length);
  for (let position = 0; position < length;) {
    const count = await file.readInto(chunk, position, length - position, start + position);
    if (count === 0) throw new SourceChangedError(file.path, 'it has become shorter');
    position += count;
  }
  return chunk;
}
