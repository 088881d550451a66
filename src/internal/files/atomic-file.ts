import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

import { closeAsync, fsyncAsync, openAsync, renameAsync, unlinkAsync } from './descriptors.js';
import type { AbortOptions } from '../async/abort.js';
import { consume } from '../streams/consume.js';
import { isDisposable } from '../streams/disposable.js';
import { errorCode } from '../error-code.js';
import { fileSystemError } from './open-file.js';
import { type PieceWriter, pieceWriter } from './piece-writer.js';

export interface AtomicFileOptions {
  /** Forces the file and then its directory to disk, so that they survive a power cut. @default false */
  readonly durable?: boolean | undefined;
  /** Permissions, reduced by the umask of the process. @default 0o644 */
  readonly mode?: number | undefined;
}

export interface WriteFileAtomicOptions extends AtomicFileOptions, AbortOptions {
  /** Called when the file is complete, right before the rename. If it fails, nothing is published. */
  readonly beforeRename?: (() => Promise<void>) | undefined;
}

/** A file that gets its name only when it is complete. End it with `commit` or `discard`. */
export interface AtomicFile {
  /** Bytes passed to {@link write} so far. */
  readonly size: number;
  /**
   * Resolves when there is room for more bytes; returns undefined if there is room already. Do not change the
   * chunk afterwards.
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** As {@link write}, and disposes of the chunk after writing it. */
  writeAndDispose(chunk: Uint8Array): Promise<void> | undefined;
  /**
   * Returns a writer that starts at the position `start`. Several sections can be written at the same time. Flush
   * each before `commit`.
   */
  section(start: number): PieceWriter;
  /**
   * Publishes the file under its name, or under another name in the same directory, and replaces a file of that
   * name. If this fails, the file is discarded.
   */
  commit(path?: string, beforeRename?: () => Promise<void>): Promise<void>;
  /** Removes the file; does nothing after `commit`. Never fails. */
  discard(): Promise<void>;
}

/** Creates a temporary file in the directory of `path`, so that it can be renamed. */
export async function atomicFile(path: string, options: AtomicFileOptions = {}): Promise<AtomicFile> {
  const temporary = temporaryName(path);
  try {
    const fd = await openAsync(temporary, 'wx', options.mode ?? 0o644);
    return new RenamedFile(fd, temporary, path, options.durable ?? false);
  } catch (error) {
    throw fileSystemError('create', path, error);
  }
}

/**
 * Writes a file that appears under its name either complete or not at all.
 *
 * Owns a stream that is passed as content. If anything fails, an existing file stays unchanged and no temporary
 * file is left. A killed process may leave a temporary file, see {@link isTemporaryName}.
 */
export async function writeFileAtomic(
  path: string,
  content: Readable | Uint8Array,
  options: WriteFileAtomicOptions = {},
): Promise<void> {
  const { signal } = options;
  let file: AtomicFile;
  try {
    signal?.throwIfAborted();
    file = await atomicFile(path, options);
  } catch (error) {
    if (content instanceof Readable) discardSource(content);
    throw error;
  }
  try {
    if (content instanceof Readable) await fill(file, content, { signal });
    else await file.write(content);
    signal?.throwIfAborted();
    await file.commit(path, options.beforeRename);
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function fill(file: AtomicFile, content: Readable, options: AbortOptions): Promise<void> {
  const take = isDisposable(content)
    ? (chunk: Buffer) => file.writeAndDispose(chunk)
    : (chunk: Buffer) => file.write(chunk);
  await consume(content, take, options);
}

/** Whether a file name is that of a temporary file, which an interrupted write may have left. */
export function isTemporaryName(name: string): boolean {
  return /^\..*\.[0-9a-f]{16}\.tmp$/.test(name);
}

function temporaryName(path: string): string {
  // Shortened, because a name of nearly the maximal length leaves no room for the suffix.
  const name = basename(path).slice(0, 64);
  return join(dirname(path), `.${name}.${randomBytes(8).toString('hex')}.tmp`);
}

function discardSource(source: Readable): void {
  source.on('error', () => undefined);
  source.destroy();
}

class RenamedFile implements AtomicFile {
  readonly #fd: number;
  readonly #temporary: string;
  readonly #path: string;
  readonly #durable: boolean;
  readonly #pieces: PieceWriter;
  readonly #sections: PieceWriter[] = [];
  #open = true;
  #done = false;

  constructor(fd: number, temporary: string, path: string, durable: boolean) {
    this.#fd = fd;
    this.#temporary = temporary;
    this.#path = path;
    this.#durable = durable;
    this.#pieces = pieceWriter(fd, path);
  }

  get size(): number {
    return this.#pieces.size;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#done) throw new Error(`${this.#path} is already finished`);
    return this.#pieces.write(chunk);
  }

  writeAndDispose(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#done) throw new Error(`${this.#path} is already finished`);
    return this.#pieces.writeAndDispose(chunk);
  }

  section(start: number): PieceWriter {
    if (this.#done) throw new Error(`${this.#path} is already finished`);
    const section = pieceWriter(this.#fd, this.#path, start);
    this.#sections.push(section);
    return section;
  }

  async commit(path = this.#path, beforeRename?: () => Promise<void>): Promise<void> {
    if (this.#done) throw new Error(`${this.#path} is already finished`);
    try {
      await this.#pieces.flush();
      if (this.#durable) await fsyncAsync(this.#fd);
      this.#open = false;
      await closeAsync(this.#fd);
      await beforeRename?.();
      await renameReplacing(this.#temporary, path);
      this.#done = true;
      if (this.#durable) await syncDirectory(dirname(this.#path));
    } catch (error) {
      await this.discard();
      throw fileSystemError('write', path, error);
    }
  }

  async discard(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await this.#pieces.idle();
    await Promise.all(this.#sections.map(async (section) => section.idle()));
    if (this.#open) await closeAsync(this.#fd).catch(() => undefined);
    await unlinkAsync(this.#temporary).catch(() => undefined);
  }
}

/** Renames a file and replaces a file that has the new name. */
export async function renameReplacing(from: string, to: string): Promise<void> {
  await retryBusy(async () => renameAsync(from, to), RENAME_RETRIES);
}

/** Windows refuses to replace a file that a scanner or another process has open, mostly for a moment. */
const RENAME_RETRIES = process.platform === 'win32' ? 10 : 0;

const BUSY: ReadonlySet<string> = new Set(['EPERM', 'EBUSY', 'EACCES']);

/**
 * Repeats an operation up to `retries` times, at growing intervals, as long as the system reports that a file is
 * in use.
 */
export async function retryBusy(operation: () => Promise<void>, retries: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await operation();
      return;
    } catch (error) {
      if (!BUSY.has(errorCode(error)) || attempt >= retries) throw error;
      await setTimeout(10 * 2 ** Math.min(attempt, 6));
    }
  }
}

/** Forces the names in a directory to disk, if the system supports that. */
export async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a directory; its file system journals renames itself.
  if (process.platform === 'win32') return;
  const fd = await openAsync(directory, 'r');
  try {
    await fsyncAsync(fd);
  } catch (error) {
    // Some network and FUSE file systems cannot do it; the rename itself has succeeded.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error))) throw error;
  } finally {
    await closeAsync(fd);
  }
}
