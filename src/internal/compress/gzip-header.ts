import { crc32 } from 'node:zlib';

import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { ByteReader } from '../streams/byte-reader.js';

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;

/** Far more than any writer uses. The limit keeps a name from hiding a stream. */
const MAX_TEXT = 64 * 1024;

/**
 * Skips the header of one gzip member (RFC 1952, section 2.3). Checks the header's checksum if there is one, as Go
 * does.
 */
export async function skipMemberHeader(input: ByteReader): Promise<void> {
  const header = new HeaderReader(input);
  const magic = await header.take(2);
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) {
    throw new ArchiveInvalidError('gunzip: the data is not gzip, or other data follows its end');
  }
  const fixed = await header.take(8);
  if (fixed[0] !== 8) throw new ArchiveInvalidError('gunzip: unknown compression method');
  const flags = fixed.readUInt8(1);
  if ((flags & FLAG.reserved) !== 0) throw new ArchiveInvalidError('gunzip: unknown header flags');
  if ((flags & FLAG.extra) !== 0) await header.take((await header.take(2)).readUInt16LE(0));
  if ((flags & FLAG.name) !== 0) await header.skipText();
  if ((flags & FLAG.comment) !== 0) await header.skipText();
  if ((flags & FLAG.headerCrc) === 0) return;
  const sum = header.crc & 0xffff;
  if ((await header.take(2)).readUInt16LE(0) !== sum) {
    throw new ArchiveInvalidError('gunzip: checksum mismatch in a header');
  }
}

class HeaderReader {
  readonly #input: ByteReader;
  /** CRC-32 of the bytes taken so far. */
  crc = 0;

  constructor(input: ByteReader) {
    this.#input = input;
  }

  async take(size: number): Promise<Buffer> {
    if (this.#input.buffered < size && !(await this.#input.fill(size))) {
      throw new ArchiveInvalidError('gunzip: unexpected end of data');
    }
    const bytes = this.#input.take(size);
    this.crc = crc32(bytes, this.crc);
    return bytes;
  }

  async skipText(): Promise<void> {
    for (let length = 0; length < MAX_TEXT; length += 1) {
      if ((await this.take(1))[0] === 0) return;
    }
    throw new ArchiveInvalidError('gunzip: the header is too long');
  }
}
