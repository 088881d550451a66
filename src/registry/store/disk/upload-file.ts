import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileSystemError } from '../../../internal/files/open-file.js';
import { ignoreLateErrors } from '../../../internal/streams/consume.js';

/** A file that exists is opened again without following a symbolic link that may have replaced it. Windows has no such flag. */
const REOPEN_FLAGS =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- undefined on Windows
  constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);

/**
 * The temporary file of an upload. It is created when the first bytes arrive, and {@link pause} closes it between requests, so
 * that thousands of waiting uploads hold no file descriptors.
 */
export class UploadFile {
  readonly path: string;
  #handle: FileHandle | undefined;
  #created = false;
  #size = 0;

  constructor(path: string) {
    this.path = path;
  }

  get size(): number {
    return this.#size;
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    const handle = await this.#open();
    let left: readonly Uint8Array[] = chunks;
    try {
      while (left.length > 0) {
        const { bytesWritten } = await handle.writev([...left], this.#size);
        this.#size += bytesWritten;
        left = skip(left, bytesWritten);
      }
    } catch (error) {
      throw fileSystemError('write', this.path, error);
    }
  }

  /** Closes the file until more bytes arrive. */
  async pause(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      await handle?.close();
    } catch (error) {
      // Some file systems report a failed write only when the file is closed.
      throw fileSystemError('write', this.path, error);
    }
  }

  content(): Readable {
    if (this.#size === 0) return ignoreLateErrors(Readable.from([]));
    const read = async function* (this: UploadFile): AsyncGenerator<Uint8Array> {
      const handle = await this.#open();
      for (let position = 0; position < this.#size;) {
        const { bytesRead, buffer } = await handle.read({ buffer: Buffer.allocUnsafe(1024 ** 2), position });
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    };
    return ignoreLateErrors(Readable.from(read.call(this), { objectMode: false }));
  }

  /** Closes the complete file, and keeps it under its path. With `durable` its bytes are forced to disk first. */
  async finish({ durable }: { readonly durable: boolean }): Promise<void> {
    if (durable || !this.#created) {
      const handle = await this.#open();
      try {
        if (durable) await handle.datasync();
      } catch (error) {
        throw fileSystemError('write', this.path, error);
      }
    }
    await this.pause();
  }

  /** Closes the file, and removes it if it still exists. */
  async remove(): Promise<void> {
    // The content is discarded, so a failed write does not matter.
    await this.pause().catch(() => undefined);
    if (!this.#created) return;
    try {
      await rm(this.path, { force: true });
    } catch (error) {
      throw fileSystemError('remove', this.path, error);
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      // `wx+` fails if the file exists.
      this.#handle ??= await open(this.path, this.#created ? REOPEN_FLAGS : 'wx+', 0o644);
      this.#created = true;
      return this.#handle;
    } catch (error) {
      throw fileSystemError(this.#created ? 'open' : 'create', this.path, error);
    }
  }
}

/** The chunks without their first bytes. */
function skip(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let done = bytes;
  for (const [position, chunk] of chunks.entries()) {
    if (done < chunk.byteLength) return [chunk.subarray(done), ...chunks.slice(position + 1)];
    done -= chunk.byteLength;
  }
  return [];
}
