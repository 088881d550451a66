import { ArchiveInvalidError } from '../../../errors/invalid/archive.js';
import { UnsupportedError } from '../../../errors/unsupported.js';
import type { TarHeader } from '../format/header.js';

/** A stored part of a sparse file. The file has zeros between its stored parts. */
export interface SparsePart {
  readonly offset: number;
  readonly length: number;
}

/** The stored parts of a file, in their order, without empty ones. */
export type SparseParts = readonly SparsePart[];

/** What the PAX records of an entry say about a sparse file. */
export interface SparseRecords {
  readonly name: string | undefined;
  readonly size: number;
  /** Undefined if the parts are listed before the data, as in version 1.0. */
  readonly parts: SparseParts | undefined;
}

/**
 * Reads the records of GNU's formats 0.0, 0.1 and 1.0; undefined for an entry without such records.
 *
 * @throws UnsupportedError for another version, because other readers would read another file from it.
 */
export function sparseRecords(pax: TarHeader['pax']): SparseRecords | undefined {
  if (!Object.keys(pax).some((key) => key.startsWith(SPARSE_PREFIX))) return undefined;
  const record = (key: string): string | undefined => pax[`${SPARSE_PREFIX}${key}`];
  const [major, minor] = [record('major'), record('minor')];
  // An empty record counts as missing.
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

/** Converts a flat list of offsets and lengths to parts. */
export function partsOf(numbers: readonly number[]): SparseParts {
  const parts: SparsePart[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    parts.push({ offset: numbers[index] ?? 0, length: numbers[index + 1] ?? 0 });
  }
  return parts;
}

/**
 * Checks that the parts lie within a file of this size, in order and without overlap, and that together they are
 * exactly the stored bytes. Returns the parts that are not empty.
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

/** Reads the map of version 1.0 block by block: lines of one number each before the data. */
export class SparseMapReader {
  #count: number | undefined;
  readonly #numbers: number[] = [];
  #rest = '';

  /** Reads the next block; returns the parts when they are complete. The rest of the block is padding. */
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
