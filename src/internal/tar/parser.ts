import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { type Budget, budget, type BudgetOptions } from '../streams/budget.js';
import { decodeBlock, isZeroBlock } from './format/block.js';
import { BLOCK, hasBody, paddingOf, type TarHeader } from './format/header.js';
import { applyPax, FIELD_KEYS, NO_RECORDS, emptyRecords, parsePax, type PaxRecords } from './format/pax.js';
import { SPARSE_PREFIX, type SparseParts } from './sparse/map.js';
import { type PendingSparse, pendingSparse } from './sparse/entry.js';
import { decodeText } from './format/text.js';

/** The caps of {@link BudgetOptions} hold for the holes of all sparse files together. */
export interface TarLimits extends BudgetOptions {
  /** Entries before a LimitExceededError. */
  readonly maxEntries?: number | undefined;
  /** Bytes of one extended header. @default 1 MiB */
  readonly maxHeaderBytes?: number | undefined;
}

/** What a header block says about the bytes behind it. */
export type TarStep =
  /** An extended header: hand the next `size` bytes to `extend`. */
  | { readonly kind: 'extension'; readonly size: number }
  | {
      readonly kind: 'entry';
      readonly header: TarHeader;
      /** Bytes that follow: the size, but for a sparse file. */
      readonly stored: number;
      /** What of a sparse file they are. */
      readonly parts?: SparseParts | undefined;
    }
  /** The first of two blocks that end the archive. */
  | { readonly kind: 'zero' }
  | { readonly kind: 'end' };

/**
 * Puts entries together from header blocks. Reads nothing itself, so that the
 * streaming and the seeking reader agree about every byte.
 */
export interface TarParser {
  step(block: Buffer): TarStep;
  /** Gives the next step if it is known without another header block. */
  extend(content: Buffer): TarStep | undefined;
  /** To be called where the data ends without a trailer, which is tolerated between entries. */
  finish(): void;
}

const MAX_HEADER_BYTES = 1024 * 1024;

export function tarParser(limits: TarLimits = {}): TarParser {
  return new HeaderParser(limits);
}

class HeaderParser implements TarParser {
  readonly #maxEntries: number;
  readonly #maxHeaderBytes: number;
  readonly #budget: Budget;
  /** Bytes of the archive up to the next header. */
  #archived = 0;
  #entries = 0;
  #zero = false;
  #extension = '';
  #global: Readonly<PaxRecords> = NO_RECORDS;
  #local: Readonly<PaxRecords> | undefined;
  #longName: string | undefined;
  #longLink: string | undefined;

  /** The sparse file whose map is being read. */
  #sparse: PendingSparse | undefined;

  constructor({ maxEntries = Infinity, maxHeaderBytes = MAX_HEADER_BYTES, ...limits }: TarLimits) {
    this.#budget = budget(limits);
    this.#maxEntries = maxEntries;
    this.#maxHeaderBytes = maxHeaderBytes;
  }

  step(block: Buffer): TarStep {
    this.#archived += BLOCK;
    if (isZeroBlock(block)) {
      this.finish();
      if (this.#zero) return { kind: 'end' };
      this.#zero = true;
      return { kind: 'zero' };
    }
    if (this.#zero) throw new ArchiveInvalidError('tar: something follows a block that ends the archive');
    const header = decodeBlock(block);
    if ('xgLK'.includes(header.typeflag)) return this.#beginExtension(header.typeflag, header.size);
    return this.#complete(header, block);
  }

  extend(content: Buffer): TarStep | undefined {
    this.#archived += content.byteLength + paddingOf(content.byteLength);
    if (this.#sparse !== undefined) return this.#extendMap(this.#sparse, content);
    switch (this.#extension) {
      case 'x':
        this.#local = parsePax(content);
        break;
      case 'g':
        this.#global = mergeGlobal(this.#global, parsePax(content));
        break;
      case 'L':
        this.#longName = gnuText(content);
        break;
      default:
        this.#longLink = gnuText(content);
    }
    return undefined;
  }

  finish(): void {
    if (this.#local !== undefined || this.#longName !== undefined || this.#longLink !== undefined) {
      throw new ArchiveInvalidError('tar: ends after an extended header');
    }
  }

  #beginExtension(typeflag: string, size: number): TarStep {
    if (size < 0) throw new ArchiveInvalidError('tar: negative size');
    if (size > this.#maxHeaderBytes) {
      throw new LimitExceededError('tar: an extended header', this.#maxHeaderBytes, 'maxHeaderBytes');
    }
    this.#extension = typeflag;
    return { kind: 'extension', size };
  }

  #complete(block: Omit<TarHeader, 'pax'>, raw: Buffer): TarStep {
    this.#entries += 1;
    if (this.#entries > this.#maxEntries) {
      throw new LimitExceededError('tar: the number of entries', this.#maxEntries, 'maxEntries');
    }
    const named = this.#extended(block);
    if (named.size < 0) throw new ArchiveInvalidError('tar: negative size');
    const sparse = pendingSparse(named, raw);
    if (sparse !== undefined) return this.#sparseStep(sparse);
    // In the oldest format only the slash tells a directory.
    const type = named.typeflag === '\0' && named.name.endsWith('/') ? 'directory' : named.type;
    const size = hasBody(type) ? named.size : 0;
    const header = type === named.type && size === named.size ? named : { ...named, type, size };
    this.#archived += size + paddingOf(size);
    return { kind: 'entry', header, stored: size };
  }

  #extendMap(sparse: PendingSparse, block: Buffer): TarStep {
    sparse.take(block);
    if (sparse.mapBytes > this.#maxHeaderBytes) {
      throw new LimitExceededError('tar: the map of a sparse file', this.#maxHeaderBytes, 'maxHeaderBytes');
    }
    return this.#sparseStep(sparse);
  }

  /** The entry itself, or a block of its map if there is more of that. */
  #sparseStep(sparse: PendingSparse): TarStep {
    this.#sparse = sparse.isComplete ? undefined : sparse;
    if (!sparse.isComplete) return { kind: 'extension', size: BLOCK };
    const file = sparse.finish();
    this.#archived += file.stored + paddingOf(file.stored);
    this.#budget.addHoles(file.header.size - file.stored, this.#archived);
    return { kind: 'entry', ...file };
  }

  #extended(block: Omit<TarHeader, 'pax'>): TarHeader {
    const [local, name, linkName] = [this.#local, this.#longName, this.#longLink];
    this.#local = this.#longName = this.#longLink = undefined;
    if (local === undefined && this.#global === NO_RECORDS && name === undefined && linkName === undefined) {
      return { ...block, pax: NO_RECORDS };
    }
    const pax = local === undefined ? this.#global : merge(this.#global, local);
    // GNU's and PAX names together are seen only in archives that are out to confuse; the order is Go's.
    return {
      ...applyPax(block, pax),
      ...(name ? { name } : {}),
      ...(linkName ? { linkName } : {}),
      pax,
    };
  }
}

/** Up to the first zero byte. */
function gnuText(content: Buffer): string {
  const end = content.indexOf(0);
  return decodeText(end === -1 ? content : content.subarray(0, end));
}

/**
 * The records of one entry. An empty value takes a field or a time back, and is a value for every other key: a file
 * may have an empty extended attribute.
 */
function merge(defaults: Readonly<PaxRecords>, records: Readonly<PaxRecords>): Readonly<PaxRecords> {
  const removed = [...FIELD_KEYS, ...TIME_KEYS].filter((key) => records[key] === '');
  if (defaults === NO_RECORDS && removed.length === 0) return records;
  const merged = emptyRecords();
  for (const key of Object.keys(defaults)) merged[key] = defaults[key] ?? '';
  for (const key of Object.keys(records)) merged[key] = records[key] ?? '';
  for (const key of removed) Reflect.deleteProperty(merged, key);
  return merged;
}

const TIME_KEYS: readonly string[] = ['atime', 'ctime'];

/**
 * What belongs to one entry cannot hold for all. Go ignores such a record, GNU tar
 * obeys it: an archive that has one shows each of them other files.
 */
const NOT_GLOBAL: readonly string[] = ['path', 'linkpath', 'size'];

/** What of a global header holds for the entries behind it; these records are few, and their values are short. */
const GLOBAL_KEYS: readonly string[] = ['uid', 'gid', 'uname', 'gname', 'mtime', ...TIME_KEYS];

const MAX_GLOBAL_VALUE = 512;

/**
 * Takes in a global header. Its other records, such as the comment of `git archive`, are about the archive and not about
 * its entries; Go does not hand them on to entries either, and copies of them could make a small archive very large.
 */
function mergeGlobal(before: Readonly<PaxRecords>, records: PaxRecords): Readonly<PaxRecords> {
  const keys = Object.keys(records);
  if (keys.some((key) => NOT_GLOBAL.includes(key) || key.startsWith(SPARSE_PREFIX))) {
    throw new ArchiveInvalidError('tar: a global header names or measures single entries');
  }
  const found = GLOBAL_KEYS.filter((key) => records[key] !== undefined);
  if (found.length === 0) return before;
  const merged = emptyRecords();
  for (const key of GLOBAL_KEYS) {
    const value = records[key] ?? before[key] ?? '';
    if (value.length > MAX_GLOBAL_VALUE) {
      throw new ArchiveInvalidError(
        `tar: a global header has a value of more than ${MAX_GLOBAL_VALUE} bytes`,
      );
    }
    if (value !== '') merged[key] = value;
  }
  return merged;
}
