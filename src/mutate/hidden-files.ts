import type { AbortOptions } from '../internal/abort.js';
import { type Spool, spoolWriter } from '../internal/spool.js';
import { createTar, readTar, type TarEntry, type TarWriter } from '../internal/tar.js';
import { consume } from '../internal/consume.js';

/**
 * Files of a layer that nobody sees under their own name, but that links may still come to: an entry does not
 * say how many names its file has. They are kept beside until the layer is done, in memory or beyond that in a
 * temporary file.
 */
export interface HiddenFiles {
  /** Keeps an entry and its body. */
  keep(number: number, entry: TarEntry, path: string): Promise<void>;
  /** Gives the entries that are asked for, in the order in which they were kept. */
  read(numbers: ReadonlySet<number>, options: AbortOptions): AsyncIterable<readonly [number, TarEntry]>;
  close(): Promise<void>;
}

export function hiddenFiles(): HiddenFiles {
  return new KeptFiles();
}

class KeptFiles implements HiddenFiles {
  readonly #numbers: number[] = [];
  readonly #writer = spoolWriter();
  #tar: TarWriter | undefined;
  #filled: Promise<void> | undefined;
  #spool: Spool | undefined;

  async keep(number: number, entry: TarEntry, path: string): Promise<void> {
    this.#numbers.push(number);
    const tar = (this.#tar ??= this.#start());
    try {
      await tar.add({ ...entry.header, name: path }, entry);
    } catch (error) {
      // If the disk is full, say, that is the reason.
      await this.#filled;
      throw error;
    }
  }

  async *read(
    numbers: ReadonlySet<number>,
    options: AbortOptions,
  ): AsyncGenerator<readonly [number, TarEntry], undefined> {
    if (numbers.size === 0 || this.#tar === undefined) return undefined;
    await this.#tar.finish();
    await this.#filled;
    this.#spool = await this.#writer.finish();
    let at = 0;
    for await (const entry of readTar(this.#spool.open(), options)) {
      const number = this.#numbers[at++];
      if (number !== undefined && numbers.has(number)) yield [number, entry];
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#tar?.stream.destroy();
    await this.#filled?.catch(() => undefined);
    await (this.#spool === undefined ? this.#writer.discard() : this.#spool.close());
  }

  #start(): TarWriter {
    const tar = createTar();
    this.#filled = consume(tar.stream, (chunk) => this.#writer.write(chunk));
    // Whoever waits for it is told; until then it is no one's.
    this.#filled.catch(() => undefined);
    return tar;
  }
}
