import { open, readFile } from 'node:fs/promises';
import { BadDigestError } from '../../../errors/invalid/digest.js';
import { writeFileAtomic } from '../../../internal/files/atomic-file.js';
import { fileSystemError } from '../../../internal/files/open-file.js';

interface PendingChange {
  readonly line: string;
  readonly apply: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How a journal writes. */
export interface JournalOptions {
  /** Forces every change to disk before it is confirmed. */
  readonly durable: boolean;
}

/**
 * A file of changes, one JSON document per line, from which the state in memory is rebuilt.
 *
 * A change is confirmed when its line has been written. Changes that arrive during a write share the next one. Only one
 * process at a time may write to the file.
 */
export class Journal {
  readonly #path: string;
  readonly #durable: boolean;
  #pending: PendingChange[] = [];
  #writing = false;
  /** The number of bytes of complete lines. Data after them was never confirmed. */
  #length: number;

  private constructor(path: string, durable: boolean, length: number) {
    this.#path = path;
    this.#durable = durable;
    this.#length = length;
  }

  /**
   * Reads the file, if it exists, and replays its changes. Invalid lines are skipped: a line that a crash left incomplete was
   * not confirmed, and damage to one change must not lose the others.
   */
  static async open(
    path: string,
    { durable }: JournalOptions,
    replay: (change: unknown) => void,
    snapshot: () => Iterable<unknown>,
  ): Promise<Journal> {
    const text = await readOrCreate(path, durable);
    const lines = text.slice(0, text.lastIndexOf('\n') + 1);
    let changes = 0;
    for (const line of lines.split('\n')) {
      if (line === '') continue;
      changes += 1;
      replayLine(line, replay);
    }
    const state = [...snapshot()];
    if (changes <= 2 * state.length + 1000) return new Journal(path, durable, Buffer.byteLength(lines));
    // Most of the changes are outdated, so the file is replaced by the current state.
    const compact = Buffer.from(state.map((change) => `${JSON.stringify(change)}\n`).join(''));
    await writeFileAtomic(path, compact, { durable });
    return new Journal(path, durable, compact.byteLength);
  }

  /** Writes a change and then applies it, in the order of the calls. */
  async append(change: unknown, apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ line: `${JSON.stringify(change)}\n`, apply, resolve, reject });
      if (!this.#writing) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#write(Buffer.from(batch.map(({ line }) => line).join('')));
        for (const { apply, resolve } of batch) {
          apply();
          resolve();
        }
      } catch (error) {
        const wrapped = fileSystemError('write', this.#path, error);
        for (const { reject } of batch) reject(wrapped);
      }
    }
    this.#writing = false;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    // The file is opened for each batch, so that a journal need not be closed.
    const file = await open(this.#path, 'a');
    try {
      // An earlier failure may have left half a line, which would damage the next one.
      await file.truncate(this.#length);
      await file.writeFile(bytes);
      if (this.#durable) await file.datasync();
      this.#length += bytes.byteLength;
    } finally {
      await file.close();
    }
  }
}

async function readOrCreate(path: string, durable: boolean): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      await writeFileAtomic(path, new Uint8Array(), { durable });
      return '';
    }
    throw fileSystemError('read', path, error);
  }
}

function replayLine(line: string, replay: (change: unknown) => void): void {
  try {
    replay(JSON.parse(line));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof BadDigestError)) throw error;
  }
}
