import { constants } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

import { fstatAsync, fsyncAsync, ftruncateAsync } from '../files/descriptors.js';
import { FileSystemError } from '../../errors/file-system.js';
import type { AbortOptions } from '../async/abort.js';
import { renameReplacing, syncDirectory } from '../files/atomic-file.js';
import { type HeldLock, tryLock } from '../lock/lock-file.js';
import { fileSystemError, openFile, type OpenFile } from '../files/open-file.js';
import { type PieceWriter, pieceWriter } from '../files/piece-writer.js';
import { accessTo } from '../files/random-access.js';

export interface PartialFileOptions extends AbortOptions {
  /** Forces the file to disk before it gets its name. @default false */
  readonly durable?: boolean | undefined;
}

/**
 * The beginning of a file that a later process can complete: it stays when this process ends. Its content is not
 * verified. End it with `commit`, `keep` or `discard`; further calls of these do nothing.
 */
export interface PartialFile {
  /** Bytes of the file, including those that are still being written. */
  readonly size: number;
  /** Reads the content that the file had when it was opened or restarted. */
  read(options?: AbortOptions): Readable;
  /**
   * Resolves when there is room for more bytes; returns undefined if there is room already. Do not change the
   * chunk afterwards.
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** As {@link write}, and disposes of the chunk after writing it. */
  writeAndDispose(chunk: Uint8Array): Promise<void> | undefined;
  /** Empties the file. */
  restart(): Promise<void>;
  /** Renames the file to its final name, which has to be in the same directory. */
  commit(path: string): Promise<void>;
  /** Leaves the file for a later process, unless it is empty. Never fails. */
  keep(): Promise<void>;
  /** Removes the file. Never fails. */
  discard(): Promise<void>;
}

/** Path of the partial file for `path`, in the same directory. */
export function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.partial`);
}

/** Whether a file name is that of a partial file or of its lock. */
export function isPartialName(name: string): boolean {
  return /^\..+\.partial(?:\.lock(?:\.[0-9a-f-]+\.takeover)?)?$/.test(name);
}

/**
 * Opens or creates a partial file for this process alone. Returns undefined if another process uses it, or if a
 * file that this user did not create has its name.
 */
export async function partialFile(
  path: string,
  options: PartialFileOptions = {},
): Promise<PartialFile | undefined> {
  const lock = await tryLock(`${path}.lock`, { signal: options.signal });
  if (lock === undefined) return undefined;
  let file: OpenFile | undefined;
  try {
    file = await openFile(path, FLAGS, 0o644);
    if (await isOwn(file)) return new LockedPartial(file, lock, options.durable ?? false);
  } catch (error) {
    await lock.release();
    if (error instanceof FileSystemError && FOREIGN_CODES.has(error.systemCode)) return undefined;
    throw error;
  }
  await file.close();
  await lock.release();
  return undefined;
}

// Links are not followed and pipes do not block; both flags are undefined on Windows.
const FLAGS =
  constants.O_RDWR |
  constants.O_CREAT |
  ((constants.O_NOFOLLOW as number | undefined) ?? 0) |
  ((constants.O_NONBLOCK as number | undefined) ?? 0);

const FOREIGN_CODES: ReadonlySet<string> = new Set(['ELOOP', 'EISDIR', 'ENXIO', 'EACCES', 'EPERM']);

async function isOwn(file: OpenFile): Promise<boolean> {
  const stats = await fstatAsync(file.fd);
  // The owner of the file could change it after its content was checked.
  return (
    stats.isFile() && stats.nlink === 1 && (process.getuid === undefined || stats.uid === process.getuid())
  );
}

class LockedPartial implements PartialFile {
  readonly #file: OpenFile;
  readonly #lock: HeldLock;
  readonly #durable: boolean;
  /** Bytes that the file had when it was opened or restarted. */
  #start: number;
  #pieces: PieceWriter;
  #done = false;

  constructor(file: OpenFile, lock: HeldLock, durable: boolean) {
    this.#file = file;
    this.#lock = lock;
    this.#durable = durable;
    this.#start = file.size;
    this.#pieces = pieceWriter(file.fd, file.path, file.size);
  }

  get size(): number {
    return this.#start + this.#pieces.size;
  }

  read(options?: AbortOptions): Readable {
    return accessTo(this.#file, this.#start).stream(0, this.#start, options);
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#refuseIfDone();
    return this.#pieces.write(chunk);
  }

  writeAndDispose(chunk: Uint8Array): Promise<void> | undefined {
    this.#refuseIfDone();
    return this.#pieces.writeAndDispose(chunk);
  }

  async restart(): Promise<void> {
    await this.#pieces.idle();
    await this.#lock.check();
    try {
      await ftruncateAsync(this.#file.fd, 0);
    } catch (error) {
      throw fileSystemError('truncate', this.#file.path, error);
    }
    this.#start = 0;
    this.#pieces = pieceWriter(this.#file.fd, this.#file.path);
  }

  async commit(path: string): Promise<void> {
    try {
      await this.#pieces.flush();
      if (this.#durable) await fsyncAsync(this.#file.fd);
      await this.#file.close();
      // If the lock was lost, the partial file may belong to another process, and be incomplete.
      await this.#lock.check();
      await renameReplacing(this.#file.path, path);
      if (this.#durable) await syncDirectory(dirname(path));
    } catch (error) {
      throw fileSystemError('write', path, error);
    }
    this.#done = true;
    await this.#lock.release();
  }

  async keep(): Promise<void> {
    if (this.#done) return;
    if (this.size === 0) {
      await this.discard();
      return;
    }
    this.#done = true;
    await this.#pieces.flush().catch(() => undefined);
    await this.#end();
  }

  async discard(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await this.#pieces.idle();
    await unlink(this.#file.path).catch(() => undefined);
    await this.#end();
  }

  /** After the end, the descriptor's number may belong to another file. */
  #refuseIfDone(): void {
    if (this.#done) throw new Error(`${this.#file.path} is already finished`);
  }

  async #end(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await this.#lock.release();
  }
}
