import type { Readable } from 'node:stream';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import { asDisposableAs } from '../internal/disposable.js';
import { generated } from '../internal/generated.js';
import { BLOCK, paddingOf } from '../internal/tar-header.js';
import { type TarSequence, tarSequence } from '../internal/tar-sequence.js';
import { notAnArchive } from './not-an-archive.js';

export interface CopiedTarOptions {
  readonly maxEntries?: number | undefined;
  readonly maxBytes?: number | undefined;
}

const MAX_ENTRIES = 1_000_000;
const MAX_BYTES = 64 * 1024 ** 3;

/** Tars are padded to a multiple of their blocking factor, which is 10 KiB by default; tools that reserve space add more. */
const MAX_PADDING = 64 * 1024 ** 2;

/**
 * The bytes of a plain tar that comes from a pipe, a device or a decompressor, up to its end and a little padding. What
 * follows is not waited for: it might never end. Owns the source.
 *
 * @throws {@link ArchiveInvalidError} through the stream, as soon as it turns out not to be a tar.
 */
export function copiedTar(source: Readable, options: CopiedTarOptions = {}): Readable {
  return asDisposableAs(
    source,
    generated(source, () => upToEnd(source, options)),
  );
}

async function* upToEnd(
  source: Readable,
  { maxEntries = MAX_ENTRIES, maxBytes = MAX_BYTES }: CopiedTarOptions,
): AsyncGenerator<Buffer> {
  const walk = new TarWalk(tarSequence({ maxEntries }));
  let size = 0;
  // Byte streams yield Buffers.
  for await (const chunk of source as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new LimitExceededError('size of the archive', maxBytes, 'maxBytes');
    walk.take(chunk);
    yield chunk;
    if (walk.padding > MAX_PADDING) return;
  }
}

/** Follows the headers of a tar in bytes that pass, to find its end. */
class TarWalk {
  readonly #sequence: TarSequence;
  /** The part of a block, or of an extended header, that has come so far. */
  #pieces: Buffer[] = [];
  #gathered = 0;
  /** Bytes of an extended header that are awaited; 0 for a block. */
  #extension = 0;
  #skip = 0;
  #first = true;
  #ended = false;
  /** Bytes behind the end of the archive. */
  padding = 0;

  constructor(sequence: TarSequence) {
    this.#sequence = sequence;
  }

  take(chunk: Buffer): void {
    let rest = chunk;
    while (rest.byteLength > 0 && !this.#ended) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, rest.byteLength);
        this.#skip -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const wanted = this.#extension === 0 ? BLOCK : this.#extension;
      const piece = rest.subarray(0, wanted - this.#gathered);
      rest = rest.subarray(piece.byteLength);
      this.#gathered += piece.byteLength;
      // A copy: the chunk belongs to whoever reads it next.
      this.#pieces.push(Buffer.from(piece));
      if (this.#gathered === wanted) this.#step(Buffer.concat(this.#pieces));
    }
    if (this.#ended) this.padding += rest.byteLength;
  }

  #step(bytes: Buffer): void {
    this.#pieces = [];
    this.#gathered = 0;
    const extension = this.#extension;
    this.#extension = 0;
    const step = extension > 0 ? this.#sequence.extend(bytes) : this.#block(bytes);
    if (extension > 0) this.#skip = paddingOf(extension);
    if (step?.kind === 'end') this.#ended = true;
    else if (step?.kind === 'extension') this.#extend(step.size);
    else if (step?.kind === 'entry') this.#skip += step.stored + paddingOf(step.stored);
  }

  #extend(size: number): void {
    this.#extension = size;
    if (size === 0) this.#sequence.extend(Buffer.alloc(0));
  }

  #block(bytes: Buffer) {
    const first = this.#first;
    this.#first = false;
    try {
      return this.#sequence.step(bytes);
    } catch (error) {
      throw first ? notAnArchive(bytes, error) : error;
    }
  }
}
