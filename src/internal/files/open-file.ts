import { closeSync, read } from 'node:fs';
import { types } from 'node:util';

import { closeAsync, fstatAsync, openAsync } from './descriptors.js';
import { FileSystemError } from '../../errors/file-system.js';

/**
 * A file that stays open until it was closed and its last reader has ended, or until it is unreachable.
 *
 * It holds a bare descriptor, because Node reports an error when an unclosed FileHandle is garbage-collected.
 */
export interface OpenFile {
  readonly fd: number;
  readonly path: string;
  /** Size in bytes when the file was opened. */
  readonly size: number;
  /** Reads up to `length` bytes at `position` into `buffer`; returns how many, 0 at the end of the file. */
  readInto(buffer: Buffer, offset: number, length: number, position: number): Promise<number>;
  /** Registers a reader. Call the returned function when the reader has ended. */
  retain(): () => void;
  /** Admits no more readers. The descriptor is closed when the last reader ends. */
  close(): Promise<void>;
}

/** Opens a file, by default for reading. A path that is not UTF-8 is passed as bytes. */
export async function openFile(
  path: string | Buffer,
  flags: string | number = 'r',
  mode = 0o600,
): Promise<OpenFile> {
  let fd: number | undefined;
  try {
    fd = await openAsync(path, flags, mode);
    const stats = await fstatAsync(fd);
    return new DescriptorFile(fd, path.toString(), stats.size);
  } catch (error) {
    if (fd !== undefined) await closeAsync(fd).catch(() => undefined);
    throw fileSystemError('open', path.toString(), error);
  }
}

/** Wraps an error of `node:fs` in a FileSystemError; returns any other value unchanged. */
export function fileSystemError(operation: string, path: string, error: unknown): unknown {
  return isSystemError(error) ? new FileSystemError(operation, path, error) : error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  // Not `instanceof Error`, because Node's own errors may come from another realm.
  return types.isNativeError(error) && 'syscall' in error;
}

class DescriptorFile implements OpenFile {
  readonly fd: number;
  readonly path: string;
  readonly size: number;
  #readers = 0;
  #closing = false;
  #closed: Promise<void> | undefined;

  constructor(fd: number, path: string, size: number) {
    this.fd = fd;
    this.path = path;
    this.size = size;
    unreachable.register(this, fd, this);
  }

  async readInto(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    // A reader that was admitted before `close` may continue.
    const release = this.#hold();
    try {
      return await new Promise((resolve, reject) => {
        read(this.fd, buffer, offset, length, position, (error, bytesRead) => {
          if (error === null) resolve(bytesRead);
          else reject(new FileSystemError('read', this.path, error));
        });
      });
    } finally {
      release();
    }
  }

  retain(): () => void {
    if (this.#closing) throw new Error(`${this.path} was closed`);
    return this.#hold();
  }

  #hold(): () => void {
    if (this.#closed !== undefined) throw new Error(`${this.path} was closed`);
    this.#readers += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#readers -= 1;
      // The caller already has its result, so a failure to close is ignored.
      if (this.#closing && this.#readers === 0) this.#shut().catch(() => undefined);
    };
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (this.#readers === 0) await this.#shut();
  }

  #shut(): Promise<void> {
    // The number may belong to another file as soon as this one is closed.
    unreachable.unregister(this);
    return (this.#closed ??= closeAsync(this.fd).catch((error: unknown) => {
      throw fileSystemError('close', this.path, error);
    }));
  }
}

/** Closes the descriptors of files that became unreachable without `close`. */
const unreachable = new FinalizationRegistry<number>((fd) => {
  try {
    closeSync(fd);
  } catch {
    // No caller is left to receive the error.
  }
});
