import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FileSystemError } from '../../errors/file-system.js';
import { SettingsInvalidError } from '../../errors/invalid/settings.js';
import type { AbortOptions } from '../../internal/async/abort.js';

/** Settings and certificates are small. A larger file is something else. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a text file. A pipe or a device is refused without waiting for data.
 *
 * @throws FileSystemError if the file cannot be read.
 * @throws SettingsInvalidError if it is not a regular file, is too large, or is not UTF-8.
 */
export async function readSettingsFile(file: string, { signal }: AbortOptions = {}): Promise<string> {
  signal?.throwIfAborted();
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe waits for a writer. On Windows the flag is undefined, which counts as 0 here.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw new SettingsInvalidError(file, 'not a regular file');
    return decode(file, await readUpTo(handle, file));
  } catch (error) {
    if (error instanceof SettingsInvalidError) throw error;
    throw new FileSystemError('read', file, error as NodeJS.ErrnoException);
  } finally {
    await handle?.close();
  }
}

/** Counts the bytes that were read, because a file may grow after its size was checked. */
async function readUpTo(handle: FileHandle, file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let total = 0; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(64 * 1024));
    if (bytesRead === 0) return Buffer.concat(chunks, total);
    chunks.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
    if (total > MAX_BYTES) throw new SettingsInvalidError(file, `larger than ${MAX_BYTES} bytes`);
  }
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    // TextDecoder removes a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SettingsInvalidError(file, 'not UTF-8', { hint: 'save the file as UTF-8' });
  }
}
