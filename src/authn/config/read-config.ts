import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { devNull } from 'node:os';
import { AuthError } from '../../errors/service/auth.js';
import { FileSystemError } from '../../errors/file-system.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';

/**
 * Reads a configuration file; undefined if it does not exist.
 *
 * A directory, a file in a directory that may not be searched, and the null device count as missing. A pipe or a device
 * is refused without waiting for data.
 *
 * @throws AuthError if the file cannot be read, is not a regular file, or is not UTF-8.
 * @throws LimitExceededError if the file is larger than `maxBytes`.
 */
export async function readConfigText(file: string, maxBytes: number): Promise<string | undefined> {
  const handle = await openConfig(file);
  if (handle === undefined) return undefined;
  let bytes: Uint8Array | undefined;
  try {
    const status = await handle.stat();
    if (status.isDirectory()) return undefined;
    if (!status.isFile()) throw new AuthError(`read ${file}: not a regular file`, { reason: 'config' });
    bytes = await readUpTo(handle, maxBytes);
  } catch (error) {
    throw error instanceof AuthError ? error : unreadable(file, error);
  } finally {
    await handle.close();
  }
  if (bytes === undefined)
    throw new LimitExceededError(`size of ${file} in bytes`, maxBytes, 'maxConfigBytes');
  return decode(bytes, file);
}

async function openConfig(file: string): Promise<FileHandle | undefined> {
  if (file === devNull) return undefined;
  try {
    // Without O_NONBLOCK, opening a pipe waits for a writer. On Windows the flag is undefined, which counts as 0 here.
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const status = await stat(file).catch(() => undefined);
    if (status === undefined || status.isDirectory()) return undefined;
    if (!status.isFile()) throw new AuthError(`read ${file}: not a regular file`, { reason: 'config' });
    throw unreadable(file, error);
  }
}

/** All bytes of a file; undefined if it is too large. Bytes are counted, because a file may grow after a size check. */
async function readUpTo(handle: FileHandle, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1024), 0, 64 * 1024, total);
    if (bytesRead === 0) return Buffer.concat(chunks, total);
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
    if (total > maxBytes) return undefined;
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    // TextDecoder removes a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AuthError(`read ${file}: not UTF-8`, { reason: 'config', hint: 'save the file as UTF-8' });
  }
}

function unreadable(file: string, error: unknown): AuthError {
  const cause = new FileSystemError('read', file, error as NodeJS.ErrnoException);
  return new AuthError(cause.message, { reason: 'config', cause, hint: cause.hint });
}
