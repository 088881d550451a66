import { type FileHandle, open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileSystemError } from '../internal/open-file.js';
import { expectLater } from '../internal/consume.js';

/** A temporary file that an upload grows in. */
export class UploadFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #size = 0;
  #open = true;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Creates the file; an existing one is never opened. */
  static async create(path: string): Promise<UploadFile> {
    try {
      return new UploadFile(path, await open(path, 'wx+', 0o644));
    } catch (error) {
      throw fileSystemError('create', path, error);
    }
  }

  get size(): number {
    return this.#size;
  }

  async append(chunks: readonly Uint8Array[]): Promise<void> {
    let left: readonly Uint8Array[] = chunks;
    try {
      while (left.length > 0) {
        const { bytesWritten } = await this.#handle.writev([...left], this.#size);
        this.#size += bytesWritten;
        left = skip(left, bytesWritten);
      }
    } catch (error) {
      throw fileSystemError('write', this.path, error);
    }
  }

  content(): Readable {
    if (this.#size === 0) return expectLater(Readable.from([]));
    return expectLater(
      this.#handle.createReadStream({
        start: 0,
        end: this.#size - 1,
        autoClose: false,
        highWaterMark: 1024 ** 2,
      }),
    );
  }

  /** Forces the bytes to disk, if asked, and closes the file, which stays under its path. */
  async close({ durable }: { readonly durable: boolean }): Promise<void> {
    try {
      if (durable) await this.#handle.datasync();
      this.#open = false;
      await this.#handle.close();
    } catch (error) {
      throw fileSystemError('write', this.path, error);
    }
  }

  /** Closes and removes the file, if it is still there. */
  async remove(): Promise<void> {
    try {
      if (this.#open) await this.#handle.close();
      this.#open = false;
      await rm(this.path, { force: true });
    } catch (error) {
      throw fileSystemError('remove', this.path, error);
    }
  }
}

/** What is left of the chunks behind their first bytes. */
function skip(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let done = bytes;
  for (const [position, chunk] of chunks.entries()) {
    if (done < chunk.byteLength) return [chunk.subarray(done), ...chunks.slice(position + 1)];
    done -= chunk.byteLength;
  }
  return [];
}
