import { constants } from 'node:fs';

import { closeAsync, openAsync, writeAsync } from '../files/descriptors.js';
import type { AbortOptions } from '../async/abort.js';
import { pieceWriter } from '../files/piece-writer.js';
import type { TarEntry } from '../tar/reader.js';
import { type FileAttributes, setAttributes } from './attributes.js';
import type { DiskPath } from './path.js';

/** Only new files are created, so that no write follows a link. Windows does not have the last flag. */
const FLAGS =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_EXCL |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0);

/** Creates a file. Until it is complete, only its owner may use it. */
export async function createFile(path: DiskPath, { mode }: FileAttributes): Promise<number> {
  return openAsync(path, FLAGS, mode & 0o700);
}

/** Writes bytes into a new file, and closes it. */
export async function fillWithBytes(fd: number, bytes: Buffer, attributes: FileAttributes): Promise<void> {
  try {
    for (let done = 0; done < bytes.byteLength;) {
      done += (await writeAsync(fd, bytes, done, bytes.byteLength - done, done)).bytesWritten;
    }
    await setAttributes(fd, attributes);
  } finally {
    await closeAsync(fd);
  }
}

/** Writes the body of an entry into a new file, and closes it. */
export async function fillWithBody(
  fd: number,
  path: DiskPath,
  entry: TarEntry,
  attributes: FileAttributes,
  { signal }: AbortOptions,
): Promise<void> {
  const pieces = pieceWriter(fd, String(path));
  try {
    await entry.pieces((piece) => {
      signal?.throwIfAborted();
      return pieces.writeAndDispose(ownCopy(piece));
    });
    await pieces.flush();
    await setAttributes(fd, attributes);
  } finally {
    await pieces.idle();
    await closeAsync(fd);
  }
}

/** Copies a piece into memory of its own, which can be freed after the write. */
function ownCopy(piece: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(piece.byteLength);
  piece.copy(copy);
  return copy;
}
