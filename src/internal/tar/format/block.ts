import { isAscii } from 'node:buffer';

import { ArchiveInvalidError } from '../../../errors/invalid/archive.js';
import { BLOCK, type TarHeader, typeOf } from './header.js';
import { decodeText } from './text.js';

/** Offset and length of each field of a header block. */
export const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  userName: [265, 32],
  groupName: [297, 32],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
} as const;

type Field = readonly [offset: number, length: number];

/** The signature of the star format, whose prefix is shorter. */
const STAR_TRAILER = 'tar\0';
const STAR_PREFIX: Field = [345, 131];

const GNU_ATIME: Field = [345, 12];
const GNU_CTIME: Field = [357, 12];

const ZEROS = Buffer.alloc(BLOCK);

export function isZeroBlock(block: Buffer): boolean {
  return block[0] === 0 && block.equals(ZEROS);
}

/**
 * Parses one header block of the v7, ustar, star or GNU format, as strictly as Go's reader. It does not apply
 * earlier extended headers.
 */
export function decodeBlock(block: Buffer): Omit<TarHeader, 'pax'> {
  checkSum(block);
  const magic = block.toString('latin1', 257, 265);
  const ustar = magic.startsWith('ustar\0');
  const v7 = !ustar && magic !== 'ustar  \0';
  const typeflag = block.toString('latin1', 156, 157);
  const prefix = ustar
    ? text(block, isStar(block) ? STAR_PREFIX : FIELD.prefix)
    : v7
      ? ''
      : oldGoPrefix(block);
  const name = text(block, FIELD.name);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: typeOf(typeflag),
    typeflag,
    size: number(block, 'size'),
    linkName: text(block, FIELD.linkName),
    mode: number(block, 'mode'),
    uid: number(block, 'uid'),
    gid: number(block, 'gid'),
    userName: v7 ? '' : text(block, FIELD.userName),
    groupName: v7 ? '' : text(block, FIELD.groupName),
    mtime: number(block, 'mtime'),
    deviceMajor: v7 ? 0 : number(block, 'deviceMajor'),
    deviceMinor: v7 ? 0 : number(block, 'deviceMinor'),
  };
}

/** The sum of a block's bytes, with the checksum field counted as spaces, and how many bytes are 128 or more. */
export function sumOf(block: Buffer): { readonly sum: number; readonly high: number } {
  let sum = 8 * 0x20;
  let high = 0;
  for (let index = 0; index < BLOCK; index += 1) {
    if (index === 148) index = 156;
    const byte = block[index] ?? 0;
    sum += byte;
    high += byte >> 7;
  }
  return { sum, high };
}

function checkSum(block: Buffer): void {
  const stated = octal(block, FIELD.checksum);
  const { sum, high } = sumOf(block);
  // Some old writers summed signed characters.
  if (stated !== sum && stated !== sum - 256 * high) {
    throw new ArchiveInvalidError('tar: checksum of a header does not match, or the data is not a tar');
  }
}

/**
 * GNU's format has times where ustar has a prefix, but Go wrote a prefix there until version 1.8, as did old
 * versions of docker. As in Go's reader, the field counts as a prefix if it is ASCII and the times cannot be
 * parsed.
 *
 * @see https://go.dev/issue/21005
 */
function oldGoPrefix(block: Buffer): string {
  if ([GNU_ATIME, GNU_CTIME].every((field) => isTime(block, field))) return '';
  const [offset, length] = FIELD.prefix;
  const zero = block.indexOf(0, offset);
  const bytes = block.subarray(offset, zero === -1 ? offset + length : Math.min(zero, offset + length));
  return isAscii(bytes) ? bytes.toString('latin1') : '';
}

/** Whether Go parses a field as a number or as empty: octal digits, or a binary number of 64 bits. */
function isTime(block: Buffer, field: Field): boolean {
  const [offset] = field;
  if (block[offset] === 0) return true;
  if (block.readUInt8(offset) < 0x80) return octal(block, field) !== undefined;
  const value = twosComplement(block, field);
  return BigInt.asIntN(64, value) === value;
}

function isStar(block: Buffer): boolean {
  return block.toString('latin1', 508, 512) === STAR_TRAILER;
}

function text(block: Buffer, [offset, length]: Field): string {
  if (block[offset] === 0) return '';
  const zero = block.indexOf(0, offset);
  return decodeText(block.subarray(offset, zero === -1 ? offset + length : Math.min(zero, offset + length)));
}

function number(block: Buffer, field: keyof typeof FIELD): number {
  const value = numberAt(block, FIELD[field]);
  if (value === undefined) throw new ArchiveInvalidError(`tar: invalid ${field} in a header`);
  return value;
}

/** A number in octal digits or in GNU's binary form; undefined if it is neither, or not a safe integer. */
export function numberAt(block: Buffer, field: Field): number | undefined {
  return block.readUInt8(field[0]) >= 0x80 ? base256(block, field) : octal(block, field);
}

/**
 * Parses octal digits after any number of spaces and zero bytes, up to a zero byte or trailing spaces; undefined
 * for any other text.
 */
function octal(block: Buffer, [offset, length]: Field): number | undefined {
  const end = offset + length;
  let position = offset;
  while (position < end && (block[position] === 0x20 || block[position] === 0)) position += 1;
  let value = 0;
  for (; position < end; position += 1) {
    const digit = block.readUInt8(position) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  while (position < end && block[position] === 0x20) position += 1;
  const ended = position === end || block[position] === 0;
  return ended && Number.isSafeInteger(value) ? value : undefined;
}

/** Parses GNU's two's complement, whose top bit is a marker; undefined if the number is not a safe integer. */
function base256(block: Buffer, field: Field): number | undefined {
  const result = Number(twosComplement(block, field));
  return Number.isSafeInteger(result) ? result : undefined;
}

function twosComplement(block: Buffer, [offset, length]: Field): bigint {
  const first = block.readUInt8(offset);
  let value = BigInt(first & 0x3f);
  for (const byte of block.subarray(offset + 1, offset + length)) value = value * 256n + BigInt(byte);
  return (first & 0x40) === 0 ? value : value - (1n << BigInt(length * 8 - 2));
}
