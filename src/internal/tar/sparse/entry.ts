import { BLOCK, type TarHeader } from '../format/header.js';
import {
  checkedParts,
  invalidSparseMap,
  SparseMapReader,
  type SparsePart,
  type SparseParts,
  sparseRecords,
} from './map.js';
import { oldSparseParts, oldSparseSize } from './old-format.js';

/** A sparse file whose header was read, but perhaps not the whole list of its parts (its map). */
export interface PendingSparse {
  readonly isComplete: boolean;
  /** Bytes of the list that were read from blocks. */
  readonly mapBytes: number;
  /** Reads the next block of the list. */
  take(block: Buffer): void;
  /** Returns the expanded file's header, and the parts of it that are stored. */
  finish(): SparseFile;
}

export interface SparseFile {
  readonly header: TarHeader;
  readonly stored: number;
  readonly parts: SparseParts;
}

/** Recognises a sparse file by GNU's old type flag or by its records; undefined for any other file. */
export function pendingSparse(header: TarHeader, block: Buffer): PendingSparse | undefined {
  const records = sparseRecords(header.pax);
  if (header.typeflag === 'S') {
    if (records !== undefined) throw invalidSparseMap();
    const entry = new MapInBlocks({ ...header, type: 'file', size: oldSparseSize(block) }, header.size);
    entry.addFromHeader(block);
    return entry;
  }
  if (records === undefined) return undefined;
  if (header.type !== 'file') throw invalidSparseMap();
  const { name = header.name, size, parts } = records;
  const file = { ...header, name, size };
  return parts === undefined
    ? new MapBeforeData(file, header.size)
    : new MapInRecords(file, header.size, parts);
}

/** The list is in the records. */
class MapInRecords implements PendingSparse {
  readonly isComplete = true;
  readonly mapBytes = 0;
  readonly #file: TarHeader;
  readonly #stored: number;
  readonly #parts: SparseParts;

  constructor(file: TarHeader, stored: number, parts: SparseParts) {
    this.#file = file;
    this.#stored = stored;
    this.#parts = parts;
  }

  take(): void {
    throw new TypeError('the map is complete');
  }

  finish(): SparseFile {
    return sparseFile(this.#file, this.#stored, this.#parts);
  }
}

/** The list begins in the header block and continues in blocks after it, which do not count as data. */
class MapInBlocks implements PendingSparse {
  isComplete = false;
  mapBytes = 0;
  readonly #file: TarHeader;
  readonly #stored: number;
  readonly #parts: SparsePart[] = [];

  constructor(file: TarHeader, stored: number) {
    this.#file = file;
    this.#stored = stored;
  }

  addFromHeader(block: Buffer): void {
    this.#add(oldSparseParts(block, true));
  }

  take(block: Buffer): void {
    this.mapBytes += BLOCK;
    this.#add(oldSparseParts(block, false));
  }

  #add({ parts, more }: ReturnType<typeof oldSparseParts>): void {
    for (const part of parts) this.#parts.push(part);
    this.isComplete = !more;
  }

  finish(): SparseFile {
    return sparseFile(this.#file, this.#stored, this.#parts);
  }
}

/** The list stands at the start of the data and counts as data. */
class MapBeforeData implements PendingSparse {
  mapBytes = 0;
  readonly #file: TarHeader;
  readonly #stored: number;
  readonly #map = new SparseMapReader();
  #parts: SparseParts | undefined;

  constructor(file: TarHeader, stored: number) {
    this.#file = file;
    this.#stored = stored;
  }

  get isComplete(): boolean {
    return this.#parts !== undefined;
  }

  take(block: Buffer): void {
    this.mapBytes += BLOCK;
    this.#parts = this.#map.take(block);
  }

  finish(): SparseFile {
    return sparseFile(this.#file, this.#stored - this.mapBytes, this.#parts ?? []);
  }
}

function sparseFile(header: TarHeader, stored: number, parts: SparseParts): SparseFile {
  return { header, stored, parts: checkedParts(parts, header.size, stored) };
}
