import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { BLOCK, paddingOf } from './format/header.js';
import { type TarLimits, tarParser, type TarParser, type TarStep } from './parser.js';

/** Follows the headers of a tar in bytes that somebody else reads. It keeps nothing but the header that is incomplete. */
export class TarWalk {
  readonly #sequence: TarParser;
  /** The part of a header block, or of the content of an extended header, that has come so far. */
  #gathered: Buffer[] = [];
  #missing = BLOCK;
  #inExtension = false;
  /** Bytes of a body, and of padding, that are still to come. */
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

  /** The first block, or what there is of it; for messages about bytes that are not a tar. */
  get firstBlock(): Buffer {
    return this.#start ?? Buffer.concat(this.#gathered);
  }

  /** Bytes behind the end of the archive. */
  get trailingBytes(): number {
    return this.#trailing;
  }

  /** @throws {@link ArchiveInvalidError} for a block that is not a header. */
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

  /** @throws {@link ArchiveInvalidError} if the tar is cut; a missing trailer is tolerated. */
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
