import type { Readable } from 'node:stream';

import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import type { AbortOptions } from './abort.js';
import { type ByteReader, byteReader } from './byte-reader.js';
import { destroyOnAbort, discard } from './consume.js';
import { TAR_BLOCK, tarPadding } from './ustar-header.js';

/** What a long name may take; a tar without this cap decides over our memory. */
const MAX_EXTENSION_BYTES = 1024 * 1024;

/**
 * Walks a tar from header to header, gives the path of each entry, and reads the source to its end.
 * Paths are bytes in a string (latin1), so that names in any encoding stay distinct.
 *
 * As lenient as Go: padding and the empty blocks at the end may be missing, and anything may follow
 * them. Owns the source.
 *
 * @throws {@link ArchiveInvalidError} if the tar is cut or malformed.
 */
export async function tarPaths(
  source: Readable,
  onPath: (path: string) => void,
  { signal }: AbortOptions = {},
): Promise<void> {
  const stop = destroyOnAbort(source, signal);
  const reader = byteReader(source);
  try {
    for (let path; (path = await nextPath(reader)) !== undefined;) onPath(path);
    while (await reader.fill(1)) reader.takeSome(reader.buffered);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    stop();
    discard(source);
  }
}

/** Extensions that apply to the entry behind them. */
interface Extensions {
  path?: string | undefined;
  size?: number | undefined;
}

async function nextPath(reader: ByteReader): Promise<string | undefined> {
  const extensions: Extensions = {};
  for (;;) {
    const header = await readHeader(reader);
    if (header === undefined) return undefined;
    const type = String.fromCharCode(header[156] ?? 0);
    const size = readSize(header);
    if (type === 'L') extensions.path = cString(await readExtension(reader, size), 0, size);
    else if (type === 'x') readRecords(await readExtension(reader, size), extensions);
    else if (type === 'K' || type === 'g') await skipContent(reader, size);
    else {
      if (type === 'S') await skipSparseMap(reader, header);
      // Links, devices and folders have no content, whatever their size says.
      if (!/[1-6]/.test(type)) await skipContent(reader, extensions.size ?? size);
      return extensions.path ?? readName(header);
    }
  }
}

/** The next header; undefined at the end of the archive. */
async function readHeader(reader: ByteReader): Promise<Buffer | undefined> {
  if (!(await reader.fill(TAR_BLOCK))) {
    if (reader.buffered === 0) return undefined;
    throw new ArchiveInvalidError('tar: it ends within a header');
  }
  const header = reader.take(TAR_BLOCK);
  const stored = octal(header, 148, 8);
  if (stored === undefined && header.every((byte) => byte === 0)) return undefined;
  // The checksum is taken as if its own field were blanks; some old writers added signed bytes.
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let at = 0; at < TAR_BLOCK; at += 1) {
    if (at >= 148 && at < 156) continue;
    unsigned += header.readUInt8(at);
    signed += header.readInt8(at);
  }
  if (stored !== unsigned && stored !== signed)
    throw new ArchiveInvalidError('tar: a header has a wrong checksum');
  return header;
}

function readSize(header: Buffer): number {
  const first = header.readUInt8(124);
  // The highest bit says that the number is binary; the next one is its sign.
  const size = (first & 0x80) === 0 ? (octal(header, 124, 12) ?? 0) : binary(header.subarray(124, 136));
  if (!Number.isSafeInteger(size) || size < 0)
    throw new ArchiveInvalidError('tar: an entry has an impossible size');
  return size;
}

function binary(field: Buffer): number {
  if ((field.readUInt8(0) & 0x40) !== 0) return -1;
  return field.reduce((value, byte, at) => value * 256 + (at === 0 ? byte & 0x7f : byte), 0);
}

/** A number in octal digits; undefined if the field is blank, NaN if it is something else. */
function octal(block: Buffer, start: number, length: number): number | undefined {
  const text = block.toString('latin1', start, start + length).replace(/^[ \0]+|[ \0][^]*$/g, '');
  if (text === '') return undefined;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

function readName(header: Buffer): string {
  const name = cString(header, 0, 100);
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? cString(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function cString(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('latin1', start, end === -1 ? start + length : Math.min(end, start + length));
}

/** Reads `length key=value\n` records, of which those count that change path and size. */
function readRecords(content: Buffer, extensions: Extensions): void {
  for (let at = 0; at < content.byteLength;) {
    const space = content.indexOf(0x20, at);
    const length = Number(content.toString('latin1', at, space === -1 ? at : space));
    const end = at + length;
    if (!Number.isInteger(length) || end <= space || end > content.byteLength || content[end - 1] !== 0x0a) {
      throw new ArchiveInvalidError('tar: an extended header is malformed');
    }
    const record = content.toString('latin1', space + 1, end - 1);
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path' || key === 'GNU.sparse.name') extensions.path = value;
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw new ArchiveInvalidError('tar: an entry has an impossible size');
      extensions.size = Number(value);
    }
    at = end;
  }
}

async function readExtension(reader: ByteReader, size: number): Promise<Buffer> {
  if (size > MAX_EXTENSION_BYTES) throw new ArchiveInvalidError(`tar: an extended header of ${size} bytes`);
  if (!(await reader.fill(size))) throw new ArchiveInvalidError('tar: it ends within an extended header');
  const content = Buffer.from(reader.take(size));
  await skip(reader, tarPadding(size));
  return content;
}

async function skipContent(reader: ByteReader, size: number): Promise<void> {
  if (!(await skip(reader, size))) throw new ArchiveInvalidError('tar: it ends within an entry');
  await skip(reader, tarPadding(size));
}

/** The old GNU format continues long maps of holes in blocks behind the header. */
async function skipSparseMap(reader: ByteReader, header: Buffer): Promise<void> {
  for (let more = header[482]; more !== 0;) {
    if (!(await reader.fill(TAR_BLOCK))) throw new ArchiveInvalidError('tar: it ends within a map of holes');
    more = reader.take(TAR_BLOCK)[504];
  }
}

/** False if the source ends before. */
async function skip(reader: ByteReader, size: number): Promise<boolean> {
  for (let left = size; left > 0;) {
    if (reader.buffered === 0 && !(await reader.fill(1))) return false;
    left -= reader.takeSome(left).byteLength;
  }
  return true;
}
