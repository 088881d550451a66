import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import type { ByteReader } from './byte-reader.js';

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** Far more than any writer uses; a name is not a place to hide a stream in. */
const MAX_TEXT = 64 * 1024;

/** Reads past the header of one gzip member (RFC 1952, section 2.3). */
export async function skipMemberHeader(input: ByteReader): Promise<void> {
  const magic = await take(input, 2);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
    throw new ArchiveInvalidError('gunzip: data is not gzip, or something follows its end');
  }
  const fixed = await take(input, 8);
  if (fixed[0] !== 8) throw new ArchiveInvalidError('gunzip: unknown compression method');
  const flags = fixed.readUInt8(1);
  if ((flags & FLAG.reserved) !== 0) throw new ArchiveInvalidError('gunzip: unknown header flags');
  if ((flags & FLAG.extra) !== 0) await take(input, (await take(input, 2)).readUInt16LE(0));
  if ((flags & FLAG.name) !== 0) await skipText(input);
  if ((flags & FLAG.comment) !== 0) await skipText(input);
  if ((flags & FLAG.headerCrc) !== 0) await take(input, 2);
}

async function skipText(input: ByteReader): Promise<void> {
  for (let length = 0; length < MAX_TEXT; length += 1) {
    if ((await take(input, 1))[0] === 0) return;
  }
  throw new ArchiveInvalidError('gunzip: the header is too long');
}

async function take(input: ByteReader, size: number): Promise<Buffer> {
  if (input.buffered < size && !(await input.fill(size))) {
    throw new ArchiveInvalidError('gunzip: unexpected end of data');
  }
  return input.take(size);
}
