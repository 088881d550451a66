import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../async/abort.js';
import { eventLoopDue } from '../async/event-loop.js';
import type { RandomAccess } from '../files/random-access.js';
import { BLOCK, paddingOf, type TarHeader } from './format/header.js';
import { type TarLimits, tarParser, type TarStep } from './parser.js';
import type { SparseParts } from './sparse/map.js';

/** An entry and the position of its body. */
export interface TarIndexEntry extends TarHeader {
  /** Position of the first stored byte of the body. */
  readonly offset: number;
  /** The parts of a sparse file that are stored, one after the other; undefined for any other file. */
  readonly parts?: SparseParts | undefined;
}

export interface IndexTarOptions extends TarLimits, AbortOptions {}

const MAX_ENTRIES = 1_000_000;

/** Bytes read at a time: few reads for small files, and little waste between large ones. */
const WINDOW = 32 * 1024;

/**
 * Lists the entries of a plain tar in their order, without reading their bodies. Names may repeat. The whole list
 * is held in memory; `maxEntries` bounds it, by default to a million.
 *
 * @throws ArchiveInvalidError if the data is not a tar or is truncated. A missing trailer is tolerated.
 * @throws LimitExceededError if there are more entries than `maxEntries`, or a cap of {@link TarLimits} is
 * exceeded.
 */
export async function indexTar(
  file: RandomAccess,
  options: IndexTarOptions = {},
): Promise<readonly TarIndexEntry[]> {
  const { maxEntries = MAX_ENTRIES, maxHeaderBytes, maxRatio, maxBytes, signal } = options;
  const parser = tarParser({ maxEntries, maxHeaderBytes, maxRatio, maxBytes });
  const blocks = new BlockWindow(file, { signal });
  const entries: TarIndexEntry[] = [];
  let position = 0;
  while (position < file.size) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    if (position + BLOCK > file.size) throw truncated();
    let step: TarStep | undefined = parser.step(blocks.buffered(position) ?? (await blocks.read(position)));
    position += BLOCK;
    while (step?.kind === 'extension') {
      const { size } = step;
      if (position + size > file.size) throw truncated();
      step = parser.extend(await file.read(position, size, { signal }));
      position += size + paddingOf(size);
    }
    if (step?.kind === 'end') return entries;
    if (step?.kind !== 'entry') continue;
    const { header, stored, parts } = step;
    if (position + stored > file.size) throw truncated();
    entries.push({ ...header, offset: position, ...(parts && { parts }) });
    position += stored + paddingOf(stored);
  }
  parser.finish();
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
