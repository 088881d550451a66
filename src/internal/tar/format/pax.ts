import { isAscii } from 'node:buffer';

import { ArchiveInvalidError } from '../../../errors/invalid/archive.js';
import { LimitExceededError } from '../../../errors/limit-exceeded.js';
import type { TarHeader } from './header.js';
import { decodeText, encodeText } from './text.js';

/** PAX records. The object has no prototype, so that keys such as `__proto__` are ordinary. */
export type PaxRecords = Record<string, string>;

/** A cap for headers with very many records of a few bytes each. */
const MAX_RECORDS = 10_000;

const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;

export function emptyRecords(): PaxRecords {
  return Object.create(null) as PaxRecords;
}

/** Shared by all headers without records. */
export const NO_RECORDS: Readonly<PaxRecords> = Object.freeze(emptyRecords());

/** Keys of the records that stand for fields of a header, and so can be derived from it. */
export const FIELD_KEYS: ReadonlySet<string> = new Set([
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'uname',
  'gname',
  'mtime',
]);

/**
 * Parses the content of an extended header: records of the form `LENGTH KEY=VALUE\n`, one directly after the
 * other.
 */
export function parsePax(content: Buffer): PaxRecords {
  const records = emptyRecords();
  const map: string[] = [];
  const read = textReader(content);
  let count = 0;
  for (let start = 0; start < content.byteLength;) {
    const end = start + recordLength(content, start);
    if (end > content.byteLength || content[end - 1] !== NEWLINE) throw invalid();
    const begin = content.indexOf(SPACE, start) + 1;
    const equals = content.indexOf(EQUALS, begin);
    if (equals <= begin || equals >= end - 1) throw invalid();
    const key = read(begin, equals);
    const value = read(equals + 1, end - 1);
    if (!isValidRecord(key, value)) throw invalid();
    if (key === OFFSET || key === LENGTH) addToMap(map, key, value);
    else records[key] = value;
    count += 1;
    if (count > MAX_RECORDS) throw new LimitExceededError('tar: records of a header', MAX_RECORDS);
    start = end;
  }
  if (map.length > 0) records['GNU.sparse.map'] = map.join(',');
  return records;
}

/** Returns a function that reads parts of a header as text. Most headers are ASCII, and are decoded once. */
function textReader(content: Buffer): (start: number, end: number) => string {
  if (!isAscii(content)) return (start, end) => decodeText(content.subarray(start, end));
  const text = content.toString('latin1');
  return (start, end) => text.slice(start, end);
}

/** Records that the first format of sparse files repeats for each part, in turn. Later formats have a map. */
const OFFSET = 'GNU.sparse.offset';
const LENGTH = 'GNU.sparse.numbytes';

function addToMap(map: string[], key: string, value: string): void {
  if (key !== (map.length % 2 === 0 ? OFFSET : LENGTH) || value.includes(',')) throw invalid();
  map.push(value);
}

/** Builds the content of an extended header, sorted by key. */
export function formatPax(keys: readonly string[], valueOf: (key: string) => string): Buffer {
  let text = '';
  for (const key of [...keys].sort()) {
    const value = valueOf(key);
    if (!isValidRecord(key, value)) throw new ArchiveInvalidError('tar: a record cannot be written');
    const body = ` ${key}=${value}\n`;
    const size = Buffer.byteLength(body) === body.length ? body.length : encodeText(body).byteLength;
    // The length includes its own digits.
    let length = size + String(size).length;
    if (String(length).length > String(size).length) length += 1;
    text += String(length) + body;
  }
  return encodeText(text);
}

/** Applies the records that the format defines to the fields of a header. An empty value counts as missing. */
export function applyPax<H extends Omit<TarHeader, 'pax'>>(header: H, pax: Readonly<PaxRecords>): H {
  const { path, linkpath, size, uid, gid, uname, gname, mtime } = pax;
  return {
    ...header,
    ...(path ? { name: path } : {}),
    ...(linkpath ? { linkName: linkpath } : {}),
    ...(uname ? { userName: uname } : {}),
    ...(gname ? { groupName: gname } : {}),
    ...(size ? { size: integer(size) } : {}),
    ...(uid ? { uid: integer(uid) } : {}),
    ...(gid ? { gid: integer(gid) } : {}),
    ...(mtime ? { mtime: decimal(mtime) } : {}),
  };
}

function recordLength(content: Buffer, start: number): number {
  let length = 0;
  for (let position = start; ; position += 1) {
    const byte = content[position];
    if (byte === SPACE && position > start) break;
    if (byte === undefined || byte < 0x30 || byte > 0x39) throw invalid();
    length = length * 10 + byte - 0x30;
    if (length > content.byteLength) throw invalid();
  }
  // The shortest record: a digit, a space, a key of one character, `=` and the newline.
  if (length < 5) throw invalid();
  return length;
}

const TEXT_KEYS: ReadonlySet<string> = new Set(['path', 'linkpath', 'uname', 'gname']);

/** Values may be binary, except those that become text fields of the header. */
function isValidRecord(key: string, value: string): boolean {
  if (key === '' || key.includes('=')) return false;
  return TEXT_KEYS.has(key) ? !value.includes('\0') : !key.includes('\0');
}

function integer(text: string): number {
  const value = /^-?[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw invalid();
  return value;
}

function decimal(text: string): number {
  if (!/^-?[0-9]{1,15}(\.[0-9]*)?$/.test(text)) throw invalid();
  return Number(text);
}

function invalid(): ArchiveInvalidError {
  return new ArchiveInvalidError('tar: invalid record in an extended header');
}
