import { ArchiveInvalidError } from '../../../errors/invalid/archive.js';
import { UnsupportedError } from '../../../errors/unsupported.js';
import type { TarHeader } from '../format/header.js';

/** A part of a sparse file that is stored; what lies between the parts is zeros. */
export interface SparsePart {
  readonly offset: number;
  readonly length: number;
}

/** The stored parts of a file, in their order, and without empty ones. */
export type SparseParts = readonly SparsePart[];

/** What the records of an entry say about its being sparse. */
export interface SparseRecords {
  readonly name: string | undefined;
  readonly size: number;
  /** Undefined if they stand before the data, as in version 1.0. */
  readonly parts: SparseParts | undefined;
}

/**
 * Reads the records of GNU's formats 0.0, 0.1 and 1.0; undefined for an entry that has none.
 *
 * @throws {@link UnsupportedError} for another version, for others would read another file.
 */
export function sparseRecords(pax: TarHeader['pax']): SparseRecords | undefined {
  if (!Object.keys(pax).some((key) => key.startsWith(SPARSE_PREFIX))) return undefined;
  const record = (key: string): string | undefined => pax[`${SPARSE_PREFIX}${key}`];
  const [major, minor] = [record('major'), record('minor')];
  // An empty record is none.
  const map = record('map') ?? (record('numblocks') === '0' ? '' : undefined);
  const name = record('name') === '' ? undefined : record('name');
  if (major === '1' && minor === '0') {
    return { name, size: numberOf(record('realsize') ?? record('size')), parts: undefined };
  }
  const old = (major ?? '0') === '0' && ['0', '1', undefined].includes(minor);
  if (!old || map === undefined) {
    throw new UnsupportedError('tar: a sparse file of an unknown format', {
      hint: 'make the archive without `--sparse`, or with GNU tar',
    });
  }
  const numbers = map === '' ? [] : map.split(',').map(numberOf);
  if (numbers.length !== 2 * numberOf(record('numblocks'))) throw invalidSparseMap();
  return { name, size: numberOf(record('size')), parts: partsOf(numbers) };
}

export const SPARSE_PREFIX = 'GNU.sparse.';

/** Pairs of an offset and a length, one behind the other. */
export function partsOf(numbers: readonly number[]): SparseParts {
  const parts: SparsePart[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    parts.push({ offset: numbers[index] ?? 0, length: numbers[index + 1] ?? 0 });
  }
  return parts;
}

/**
 * The parts that hold something, once they are known to lie in a file of this size one behind the other,
 * and to be all that is stored.
 */
export function checkedParts(parts: SparseParts, size: number, stored: number): SparseParts {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of parts) {
    if (offset < end || length < 0 || offset + length > size) throw invalidSparseMap();
    end = offset + length;
    sum += length;
  }
  if (sum !== stored) throw invalidSparseMap();
  return parts.filter(({ length }) => length > 0);
}

/** Reads the map of version 1.0, lines of one number each before the data, block by block. */
export class SparseMapReader {
  #count: number | undefined;
  readonly #numbers: number[] = [];
  #rest = '';

  /** Takes the next block; gives the parts once they are complete. What is left of the block is padding. */
  take(block: Buffer): SparseParts | undefined {
    const lines = (this.#rest + block.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const number = numberOf(line);
      if (this.#count === undefined) this.#count = 2 * number;
      else this.#numbers.push(number);
      if (this.#numbers.length === this.#count) return partsOf(this.#numbers);
    }
    if (this.#rest.length > MAX_DIGITS) throw invalidSparseMap();
    return undefined;
  }
}

const MAX_DIGITS = 20;

function numberOf(text = ''): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw invalidSparseMap();
  return value;
}

export function invalidSparseMap(): ArchiveInvalidError {
  return new ArchiveInvalidError('tar: invalid map of a sparse file');
}
