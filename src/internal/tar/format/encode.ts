import { posix } from 'node:path';

import { ArchiveInvalidError } from '../../../errors/invalid/archive.js';
import { FIELD, sumOf } from './block.js';
import { BLOCK, hasBody, paddingOf, type TarHeader, type TarType } from './header.js';
import { FIELD_KEYS, formatPax, NO_RECORDS, emptyRecords, type PaxRecords } from './pax.js';
import { encodeText } from './text.js';
import { trimEnd } from '../../trim-end.js';

/**
 * A header to write. Everything except the name has a default, and a header that was read can be passed unchanged.
 */
export type TarHeaderInput = Pick<TarHeader, 'name'> & {
  readonly [K in Exclude<keyof TarHeader, 'name'>]?: TarHeader[K] | undefined;
};

type CompleteHeader = Omit<TarHeader, 'pax' | 'typeflag'> & { readonly typeflag: string };

const typeflags: Readonly<Record<Exclude<TarType, 'other'>, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/**
 * The blocks before a body: the same bytes that Go's `archive/tar` writes for the header in the PAX format, which
 * is plain ustar if ustar can hold the header.
 *
 * Records for fields of the header are computed again. All other records are kept, including the times of access
 * and change.
 *
 * @throws ArchiveInvalidError if the format cannot hold the header.
 */
export function encodeHeader(input: TarHeaderInput): Buffer {
  const header = withDefaults(input);
  const given = input.pax ?? NO_RECORDS;
  const records = fieldRecordsOf(header, given);
  // The records are not copied, because there may be thousands of them.
  const kept = Object.keys(given).filter((key) => !FIELD_KEYS.has(key) && !key.startsWith('GNU.sparse.'));
  const keys = [...Object.keys(records), ...kept];
  if (keys.length === 0) return ustarBlock(header, '');
  const split = splitName(header.name);
  // A header that was read with records keeps them, even if its name fits without them.
  if (split !== undefined && keys.length === 1 && keys[0] === 'path' && Object.keys(given).length === 0) {
    return ustarBlock({ ...header, name: split.name }, split.prefix);
  }
  const content = formatPax(keys, (key) => records[key] ?? given[key] ?? '');
  const extension = withDefaults({
    name: withoutSlashes(asciiOnly(extensionName(header.name)).slice(0, FIELD.name[1])),
    type: 'other',
    typeflag: 'x',
    mode: 0,
    size: content.byteLength,
  });
  return Buffer.concat([
    ustarBlock(extension, ''),
    content,
    Buffer.alloc(paddingOf(content.byteLength)),
    ustarBlock(
      {
        ...header,
        name: asciiOnly(header.name),
        linkName: asciiOnly(header.linkName),
        userName: asciiOnly(header.userName),
        groupName: asciiOnly(header.groupName),
      },
      '',
    ),
  ]);
}

function withDefaults(input: TarHeaderInput): CompleteHeader {
  const { name, type = 'file', size = 0 } = input;
  if (
    type !== 'link' &&
    type !== 'symlink' &&
    type !== 'directory' &&
    type !== 'other' &&
    name.endsWith('/')
  ) {
    throw new ArchiveInvalidError(`tar: the name of a ${type} may not end in a slash`);
  }
  return {
    name,
    type,
    typeflag: typeflagOf(type, input.typeflag),
    size: hasBody(type) ? size : 0,
    linkName: input.linkName ?? '',
    mode: input.mode ?? (type === 'directory' ? 0o755 : 0o644),
    uid: input.uid ?? 0,
    gid: input.gid ?? 0,
    userName: input.userName ?? '',
    groupName: input.groupName ?? '',
    mtime: input.mtime ?? 0,
    deviceMajor: input.deviceMajor ?? 0,
    deviceMinor: input.deviceMinor ?? 0,
  };
}

function typeflagOf(type: TarType, typeflag: string | undefined): string {
  if (type === 'other') return typeflag ?? '0';
  // A contiguous file keeps its flag. The flag from before ustar becomes the modern one, as in Go.
  return type === 'file' && typeflag === '7' ? typeflag : typeflags[type];
}

/** The records for fields of the header. */
function fieldRecordsOf(header: CompleteHeader, given: Readonly<PaxRecords>): PaxRecords {
  const records = emptyRecords();
  const set = (key: string, value: string, needed: boolean): void => {
    // An existing record that is still right stays, even if it is not needed.
    if (needed || given[key] === value) records[key] = value;
  };
  const { name, linkName, userName, groupName, size, uid, gid, mtime } = header;
  set('path', name, !fits(name, FIELD.name[1]));
  set('linkpath', linkName, !fits(linkName, FIELD.linkName[1]));
  set('uname', userName, !fits(userName, FIELD.userName[1]));
  set('gname', groupName, !fits(groupName, FIELD.groupName[1]));
  set('size', String(size), !fitsOctal(size, FIELD.size[1]));
  set('uid', String(uid), !fitsOctal(uid, FIELD.uid[1]));
  set('gid', String(gid), !fitsOctal(gid, FIELD.gid[1]));
  const stated = given.mtime;
  const exact = stated !== undefined && Number(stated) === mtime ? stated : decimal(mtime);
  set('mtime', exact, !Number.isInteger(mtime) || !fitsOctal(mtime, FIELD.mtime[1]));
  return records;
}

function ustarBlock(header: CompleteHeader, prefix: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  putName(block, FIELD.name, header.name);
  putText(block, FIELD.linkName, header.linkName);
  putNumber(block, FIELD.mode, header.mode, 'base256');
  putNumber(block, FIELD.uid, header.uid, 'record');
  putNumber(block, FIELD.gid, header.gid, 'record');
  putNumber(block, FIELD.size, header.size, 'record');
  putNumber(block, FIELD.mtime, Math.floor(header.mtime), 'record');
  putText(block, FIELD.typeflag, header.typeflag);
  putText(block, FIELD.magic, 'ustar\x0000');
  putText(block, FIELD.userName, header.userName);
  putText(block, FIELD.groupName, header.groupName);
  // Go leaves these two fields empty in extended headers, and only there.
  if (header.typeflag !== 'x') {
    putNumber(block, FIELD.deviceMajor, header.deviceMajor, 'base256');
    putNumber(block, FIELD.deviceMinor, header.deviceMinor, 'base256');
  }
  putText(block, FIELD.prefix, prefix);
  putText(block, FIELD.checksum, `${octal(sumOf(block).sum, 6)}\0 `);
  return block;
}

type Field = readonly [offset: number, length: number];

function putText(block: Buffer, [offset, length]: Field, text: string): void {
  encodeText(text).copy(block, offset, 0, length);
}

/**
 * Writes a name. If it has to be cut right after a slash, the slash goes too: the entry would look like a
 * directory, although a record has the full name.
 */
function putName(block: Buffer, field: Field, name: string): void {
  const cut = Buffer.byteLength(name) > field[1] && name.charAt(field[1] - 1) === '/';
  putText(block, field, cut ? withoutSlashes(name.slice(0, field[1] - 1)) : name);
}

/**
 * Writes a number. If it does not fit, the field is zero if a record has the number, and in GNU's binary form
 * otherwise.
 */
function putNumber(block: Buffer, field: Field, value: number, otherwise: 'record' | 'base256'): void {
  const [offset, length] = field;
  if (fitsOctal(value, length)) {
    block.write(octal(value, length - 1), offset, 'latin1');
  } else if (otherwise === 'record') {
    block.write(octal(0, length - 1), offset, 'latin1');
  } else {
    if (!Number.isSafeInteger(value)) throw new ArchiveInvalidError('tar: a number is not an integer');
    block.writeBigInt64BE(BigInt(value), offset + length - 8);
    block[offset] = (block[offset] ?? 0) | 0x80;
  }
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** One byte of the field is for the zero byte after the digits. */
function fitsOctal(value: number, length: number): boolean {
  return value >= 0 && value < 8 ** (length - 1);
}

function fits(text: string, length: number): boolean {
  return text.length <= length && isAscii(text);
}

/** A zero byte would end the field, so it does not count as ASCII here. */
function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (!isPlain(text.charCodeAt(index))) return false;
  }
  return true;
}

/**
 * The first ASCII characters of a text, without its other characters. It stops when it has more of them than any header
 * field holds, because a name may have a million characters.
 */
function asciiOnly(text: string): string {
  let plain = '';
  for (let index = 0; index < text.length && plain.length < MAX_FIELD; index += 1) {
    if (isPlain(text.charCodeAt(index))) plain += text.charAt(index);
  }
  return plain;
}

const MAX_FIELD = 256;

function isPlain(code: number): boolean {
  return code > 0 && code < 0x80;
}

/** Splits a long name at a slash, so that both parts fit into a ustar header; undefined if that is impossible. */
function splitName(name: string): { readonly prefix: string; readonly name: string } | undefined {
  if (name.length <= 100 || !isAscii(name)) return undefined;
  const end = name.length > 156 ? 156 : name.endsWith('/') ? name.length - 1 : name.length;
  const slash = name.lastIndexOf('/', end - 1);
  const rest = name.slice(slash + 1);
  if (slash <= 0 || rest === '' || rest.length > 100) return undefined;
  return { prefix: name.slice(0, slash), name: rest };
}

/** The name of an extended header, as Go builds it. Most names are clean, and cleaning a long name takes long. */
function extensionName(name: string): string {
  const [directory, file] = [directoryOf(name), fileOf(name)];
  return UNCLEAN.test(name) ? posix.join(directory, EXTENSION, file) : `${directory}${EXTENSION}/${file}`;
}

const EXTENSION = 'PaxHeaders.0';

/** Matches a path with a part that is empty, `.` or `..`. */
const UNCLEAN = /\/\/|(?:^|\/)\.\.?(?:\/|$)/;

function directoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

function fileOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function withoutSlashes(text: string): string {
  return trimEnd(text, '/');
}

/** Seconds with at most nine decimal places, the finest resolution of file systems. */
function decimal(seconds: number): string {
  return Number.isInteger(seconds) ? String(seconds) : trimEnd(seconds.toFixed(9), '0');
}
