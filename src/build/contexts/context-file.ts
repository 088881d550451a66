import type { BigIntStats } from 'node:fs';
import type { Readable } from 'node:stream';
import { readUnchangedFile } from '../../crane/files/unchanged-file.js';
import type { Content } from '../../tree/nodes/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';

/** The content of a file on this machine. Opening it fails if the file has changed since it was found. */
export class ContextFile implements Content {
  readonly size: number;
  readonly #source: Buffer;
  readonly #stats: BigIntStats;

  constructor(source: Buffer, stats: BigIntStats) {
    this.#source = source;
    this.#stats = stats;
    this.size = Number(stats.size);
  }

  async open(options: AbortOptions): Promise<Uint8Array | Readable> {
    return readUnchangedFile(this.#source, this.#stats, options);
  }
}
