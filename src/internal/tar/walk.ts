import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { BLOCK, paddingOf } from './format/header.js';
import { type TarLimits, tarParser, type TarParser, type TarStep } from './parser.js';

/**
 * Follows the headers of a tar in bytes that another reader consumes. It keeps only the header that is incomplete.
 */
export class TarWalk {
  readonly #sequence: TarParser;
  /** The part of a header block, or of an extended header's content, that has arrived so far. */
  #gathered: Buffer[] = [];
  #missing = BLOCK;
  #inExtension = false;
  /** Bytes of a body and its padding that have not arrived yet. */
  #skip = 0;
  #ended = false;
  #begun = false;
  #start: Buffer | undefined;
  #trailing = 0;

  constructor(limits: TarLimits = {}) {
    this.#sequence = tarParser(limits);
  }

  /** Whether the first block was a header. */
  get hasHeader(): boolean {
    return this.#begun;
  }

  /** The first block, or the part of it that has arrived, for messages about bytes that are not a tar. */
  get firstBlock(): Buffer {
    return this.#start ?? Buffer.concat(this.#gathered);
  }

  /** Bytes after the end of the archive. */
  get trailingBytes(): number {
    return this.#trailing;
  }

  /** @throws ArchiveInvalidError if a block is not a header. */
  take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.byteLength && !this.#ended) {
      const left = chunk.byteLength - at;
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, left);
        this.#skip -= count;
        at += count;
        continue;
      }
      const count = Math.min(this.#missing, left);
      // A copy, because the chunk belongs to its next reader.
      this.#gathered.push(Buffer.from(chunk.subarray(at, at + count)));
      this.#missing -= count;
      at += count;
      if (this.#missing === 0) this.#step();
    }
    this.#trailing += chunk.byteLength - at;
  }

  /** @throws ArchiveInvalidError if the tar is truncated. A missing trailer is tolerated. */
  end(): void {
    if (this.#ended) return;
    if (this.#skip > 0 || this.#inExtension || this.#gathered.length > 0) {
      throw new ArchiveInvalidError('tar: unexpected end of data');
    }
    this.#sequence.finish();
  }

  #step(): void {
    const bytes = Buffer.concat(this.#gathered);
    const wasExtension = this.#inExtension;
    this.#start ??= bytes;
    this.#gathered = [];
    this.#missing = BLOCK;
    this.#inExtension = false;
    if (wasExtension) {
      this.#skip = paddingOf(bytes.byteLength);
      this.#follow(this.#sequence.extend(bytes));
    } else {
      const step = this.#sequence.step(bytes);
      this.#begun = true;
      this.#follow(step);
    }
  }

  #follow(step: TarStep | undefined): void {
    switch (step?.kind) {
      case 'extension':
        this.#inExtension = true;
        this.#missing = step.size;
        if (step.size === 0) this.#step();
        break;
      case 'entry':
        this.#skip += step.stored + paddingOf(step.stored);
        break;
      case 'end':
        this.#ended = true;
        break;
      default:
    }
  }
}
