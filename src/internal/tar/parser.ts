import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { type Budget, budget, type BudgetOptions } from '../streams/budget.js';
import { decodeBlock, isZeroBlock } from './format/block.js';
import { BLOCK, hasBody, paddingOf, type TarHeader } from './format/header.js';
import { applyPax, FIELD_KEYS, NO_RECORDS, emptyRecords, parsePax, type PaxRecords } from './format/pax.js';
import { SPARSE_PREFIX, type SparseParts } from './sparse/map.js';
import { type PendingSparse, pendingSparse } from './sparse/entry.js';
import { decodeText } from './format/text.js';

/** The caps of {@link BudgetOptions} apply to the holes of all sparse files together. */
export interface TarLimits extends BudgetOptions {
  /** Entries of the archive. @default no limit */
  readonly maxEntries?: number | undefined;
  /** Bytes of one extended header. Only tests set it, so that errors name no option. @default 1 MiB */
  readonly maxHeaderBytes?: number | undefined;
}

/** What a header block says about the bytes after it. */
export type TarStep =
  /** An extended header: pass the next `size` bytes to `extend`. */
  | { readonly kind: 'extension'; readonly size: number }
  | {
      readonly kind: 'entry';
      readonly header: TarHeader;
      /** Bytes of the body in the archive: the size, except for a sparse file. */
      readonly stored: number;
      /** The parts of a sparse file that these bytes are; undefined for any other file. */
      readonly parts?: SparseParts | undefined;
    }
  /** The first of two blocks that end the archive. */
  | { readonly kind: 'zero' }
  | { readonly kind: 'end' };

/**
 * Assembles entries from header blocks. It reads nothing itself, so that the streaming reader and the seeking
 * reader agree about every byte.
 */
export interface TarParser {
  step(block: Buffer): TarStep;
  /** Returns the next step; undefined if it needs another header block. */
  extend(content: Buffer): TarStep | undefined;
  /** Call it if the data ends without a trailer, which is tolerated between entries. */
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
  /** Bytes of the archive before the next header. */
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
    if (this.#zero) throw new ArchiveInvalidError('tar: data follows a block that ends the archive');
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
      throw new ArchiveInvalidError('tar: the archive ends after an extended header');
    }
  }

  #beginExtension(typeflag: string, size: number): TarStep {
    if (size < 0) throw new ArchiveInvalidError('tar: negative size');
    if (size > this.#maxHeaderBytes) {
      throw new LimitExceededError('tar: an extended header', this.#maxHeaderBytes);
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
    // In the oldest format only a slash at the end of the name marks a directory.
    const type = named.typeflag === '\0' && named.name.endsWith('/') ? 'directory' : named.type;
    const size = hasBody(type) ? named.size : 0;
    const header = type === named.type && size === named.size ? named : { ...named, type, size };
    this.#archived += size + paddingOf(size);
    return { kind: 'entry', header, stored: size };
  }

  #extendMap(sparse: PendingSparse, block: Buffer): TarStep {
    sparse.take(block);
    if (sparse.mapBytes > this.#maxHeaderBytes) {
      throw new LimitExceededError('tar: the map of a sparse file', this.#maxHeaderBytes);
    }
    return this.#sparseStep(sparse);
  }

  /** The entry, or a request for the next block of its map if the map is incomplete. */
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
    // Only archives that are meant to confuse readers have both GNU and PAX names; the precedence is Go's.
    return {
      ...applyPax(block, pax),
      ...(name ? { name } : {}),
      ...(linkName ? { linkName } : {}),
      pax,
    };
  }
}

/** The text before the first zero byte. */
function gnuText(content: Buffer): string {
  const end = content.indexOf(0);
  return decodeText(end === -1 ? content : content.subarray(0, end));
}

/**
 * The records of one entry, over the global ones. An empty value removes a field or a time; for every other key it
 * is a value, because a file may have an empty extended attribute.
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
 * Records that cannot apply to all entries. Go ignores them in a global header and GNU tar obeys them, so that the
 * two would read different files from one archive.
 */
const NOT_GLOBAL: readonly string[] = ['path', 'linkpath', 'size'];

/** The records of a global header that apply to later entries. They are few, and their values are short. */
const GLOBAL_KEYS: readonly string[] = ['uid', 'gid', 'uname', 'gname', 'mtime', ...TIME_KEYS];

const MAX_GLOBAL_VALUE = 512;

/**
 * Adds a global header to the earlier ones. Its other records, such as the comment of `git archive`, describe the
 * archive and not its entries. Go does not pass them on to entries either, and copies of them could make a small
 * archive very large.
 */
function mergeGlobal(before: Readonly<PaxRecords>, records: PaxRecords): Readonly<PaxRecords> {
  const keys = Object.keys(records);
  if (keys.some((key) => NOT_GLOBAL.includes(key) || key.startsWith(SPARSE_PREFIX))) {
    throw new ArchiveInvalidError('tar: a global header has records that belong to a single entry');
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
