import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { unlinkAsync } from './descriptors.js';
import type { AbortOptions } from '../async/abort.js';
import { consume } from '../streams/consume.js';
import { dispose, isDisposable } from '../streams/disposable.js';
import { fileSystemError, type OpenFile, openFile } from './open-file.js';
import { type PieceWriter, pieceWriter } from './piece-writer.js';
import { accessTo, memoryAccess, type RandomAccess } from './random-access.js';

export interface SpoolOptions extends AbortOptions {
  /** Bytes kept in memory before a file is created. @default 4 MiB */
  readonly memoryBytes?: number | undefined;
  /** Directory of the file. @default the system's directory for temporary files */
  readonly dir?: string | undefined;
}

interface WriterOptions extends SpoolOptions {
  /** Disposes of chunks after writing them. */
  readonly disposable?: boolean | undefined;
}

/**
 * Bytes kept in memory or in a temporary file, to be read any number of times.
 *
 * The file has no name, so nothing is left behind, however the process ends. An unreachable spool closes itself.
 */
export interface Spool extends RandomAccess {
  /** Whether the spool uses a descriptor and disk space. */
  readonly onDisk: boolean;
  /** Opens the bytes from `offset` to the end. Any number of streams may be open. */
  open(offset?: number): Readable;
}

/** Fills a spool piece by piece. End it with `finish` or `discard`. */
export interface SpoolWriter {
  readonly size: number;
  /**
   * Resolves when there is room for more bytes; returns undefined if there is room already. Do not change the
   * chunk afterwards.
   */
  write(chunk: Uint8Array): Promise<void> | undefined;
  finish(): Promise<Spool>;
  discard(): Promise<void>;
}

const DEFAULT_MEMORY = 4 * 1024 * 1024;

/** Reads all of `source` into a spool. Owns the source. If it fails, nothing is left behind. */
export async function spool(source: Readable, options: SpoolOptions = {}): Promise<Spool> {
  const writer = spoolWriter({ ...options, disposable: isDisposable(source) });
  try {
    await consume(source, (chunk) => writer.write(chunk), options);
    return await writer.finish();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

export function spoolWriter(options: WriterOptions = {}): SpoolWriter {
  const { memoryBytes = DEFAULT_MEMORY, dir = tmpdir(), disposable = false } = options;
  return new Writer(memoryBytes, dir, disposable);
}

class Writer implements SpoolWriter {
  readonly #memoryBytes: number;
  readonly #dir: string;
  readonly #disposable: boolean;
  #chunks: Uint8Array[] = [];
  #file: OpenFile | undefined;
  #pieces: PieceWriter | undefined;
  size = 0;

  constructor(memoryBytes: number, dir: string, disposable: boolean) {
    this.#memoryBytes = memoryBytes;
    this.#dir = dir;
    this.#disposable = disposable;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    this.size += chunk.byteLength;
    if (this.#pieces !== undefined) return this.#append(this.#pieces, chunk);
    this.#chunks.push(chunk);
    return this.size <= this.#memoryBytes ? undefined : this.#moveToFile();
  }

  async finish(): Promise<Spool> {
    if (this.#file === undefined || this.#pieces === undefined) {
      const bytes = Buffer.concat(this.#chunks, this.size);
      if (this.#disposable) this.#chunks.forEach(dispose);
      this.#chunks = [];
      return asSpool(memoryAccess(bytes), false);
    }
    await this.#pieces.flush();
    return asSpool(accessTo(this.#file, this.size), true);
  }

  async discard(): Promise<void> {
    this.#chunks = [];
    await this.#pieces?.idle();
    await this.#file?.close();
  }

  async #moveToFile(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#file = await openUnlinked(this.#dir);
    this.#pieces = pieceWriter(this.#file.fd, this.#file.path);
    for (const chunk of chunks) await this.#append(this.#pieces, chunk);
  }

  #append(pieces: PieceWriter, chunk: Uint8Array): Promise<void> | undefined {
    return this.#disposable ? pieces.writeAndDispose(chunk) : pieces.write(chunk);
  }
}

function asSpool(access: RandomAccess, onDisk: boolean): Spool {
  return {
    onDisk,
    size: access.size,
    read: (offset, length, options) => access.read(offset, length, options),
    stream: (start, length, options) => access.stream(start, length, options),
    open: (offset = 0) => access.stream(offset, access.size - offset),
    close: () => access.close(),
  };
}

/**
 * Opens a temporary file and removes its name. On Windows, which keeps the names of open files, the name is
 * removed when the file is closed or the process ends.
 */
async function openUnlinked(dir: string): Promise<OpenFile> {
  const path = join(dir, `containerregistry-${randomBytes(8).toString('hex')}.spool`);
  const file = await openFile(path, 'wx+', 0o600);
  try {
    await unlinkAsync(path);
    return file;
  } catch (error) {
    if (process.platform === 'win32') return removedOnExit(file);
    await file.close();
    throw fileSystemError('unlink', path, error);
  }
}

function removedOnExit(file: OpenFile): OpenFile {
  const remove = (): void => {
    process.off('exit', remove);
    try {
      unlinkSync(file.path);
    } catch {
      // Another process has the file open; the system's cleaner of temporary files will remove it.
    }
  };
  process.on('exit', remove);
  return {
    ...file,
    fd: file.fd,
    readInto: file.readInto.bind(file),
    retain: file.retain.bind(file),
    close: async () => {
      await file.close();
      remove();
    },
  };
}
