import { join } from 'node:path';
import { InUseError } from '../../../errors/service/in-use.js';
import { type Lazy, lazy } from '../../../internal/async/lazy.js';
import { type HeldLock, describeHolder, takeLock } from '../../../internal/lock/lock-file.js';
import { makeDirectory } from '../../../internal/files/make-directory.js';
import type { Journal } from './journal.js';

interface Opened {
  readonly journal: Journal;
  readonly lock: HeldLock;
}

/** The directory of a store. It is opened at the first use, and locked against other stores until it is closed. */
export class StoreDirectory {
  readonly #dir: string;
  readonly #load: () => Promise<Journal>;
  #opened: Lazy<Opened> | undefined;

  /** @param load - reads the content of the directory, after it has been locked. */
  constructor(dir: string, load: () => Promise<Journal>) {
    this.#dir = dir;
    this.#load = load;
  }

  /**
   * Opens the directory if it is not open, and returns its journal.
   *
   * @throws InUseError if another process, or another store, uses the directory.
   */
  async journal(): Promise<Journal> {
    this.#opened ??= lazy(async () => this.#open());
    return (await this.#opened()).journal;
  }

  /** Unlocks the directory. A later use of the store opens it again. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // If the directory could not be opened, it is not locked.
    const { lock } = (await opened?.().catch(() => undefined)) ?? {};
    await lock?.release();
  }

  async #open(): Promise<Opened> {
    await makeDirectory(this.#dir);
    const path = join(this.#dir, 'in-use.lock');
    const lock = await takeLock(path);
    if (lock === undefined) throw new InUseError(this.#dir, await describeHolder(path));
    try {
      return { lock, journal: await this.#load() };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }
}
