import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import type { AbortOptions } from './abort.js';
import type { RandomAccess } from './random-access.js';
import { BLOCK, paddingOf, type TarHeader } from './tar-header.js';
import { type TarLimits, tarSequence } from './tar-sequence.js';

/** An entry and where its body lies. */
export interface TarIndexEntry extends TarHeader {
  /** Position of the body's first byte. */
  readonly offset: number;
}

export interface IndexTarOptions extends TarLimits, AbortOptions {}

const MAX_ENTRIES = 1_000_000;

/** Read at a time: small files need few reads, and little is wasted between large ones. */
const WINDOW = 32 * 1024;

/**
 * Lists a plain tar without reading the bodies of its entries, in their order;
 * names may repeat. The whole listing is held in memory, `maxEntries` bounds it (a million).
 *
 * @throws {@link ArchiveInvalidError} if the data is no tar or is cut; a missing trailer is tolerated.
 */
export async function indexTar(
  file: RandomAccess,
  options: IndexTarOptions = {},
): Promise<readonly TarIndexEntry[]> {
  const { maxEntries = MAX_ENTRIES, maxHeaderBytes, signal } = options;
  const sequence = tarSequence({ maxEntries, maxHeaderBytes });
  const blocks = new BlockWindow(file, { signal });
  const entries: TarIndexEntry[] = [];
  let position = 0;
  while (position < file.size) {
    if (position + BLOCK > file.size) throw truncated();
    const step = sequence.step(blocks.buffered(position) ?? (await blocks.read(position)));
    position += BLOCK;
    if (step.kind === 'end') return entries;
    if (step.kind === 'zero') continue;
    const size = step.kind === 'entry' ? step.header.size : step.size;
    if (position + size > file.size) throw truncated();
    if (step.kind === 'entry') entries.push({ ...step.header, offset: position });
    else sequence.extend(await file.read(position, size, { signal }));
    position += size + paddingOf(size);
  }
  sequence.finish();
  return entries;
}

/** The part of the file that was read last. */
class BlockWindow {
  readonly #file: RandomAccess;
  readonly #options: AbortOptions;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: RandomAccess, options: AbortOptions) {
    this.#file = file;
    this.#options = options;
  }

  buffered(position: number): Buffer | undefined {
    const offset = position - this.#start;
    const inside = offset >= 0 && offset + BLOCK <= this.#bytes.byteLength;
    return inside ? this.#bytes.subarray(offset, offset + BLOCK) : undefined;
  }

  async read(position: number): Promise<Buffer> {
    this.#bytes = await this.#file.read(
      position,
      Math.min(WINDOW, this.#file.size - position),
      this.#options,
    );
    this.#start = position;
    return this.#bytes.subarray(0, BLOCK);
  }
}

function truncated(): ArchiveInvalidError {
  return new ArchiveInvalidError('tar: unexpected end of data');
}
