/** Values of the fields of a header block, written byte for byte. */
export interface RawHeader {
  readonly name?: string | Buffer;
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly size?: number | string | Buffer;
  readonly mtime?: string | Buffer;
  readonly typeflag?: string;
  readonly linkName?: string | Buffer;
  readonly magic?: string;
  readonly prefix?: string | Buffer;
  readonly checksum?: 'unsigned' | 'signed' | 'wrong';
}

/** A header block of a tar. The values are not checked. */
export function rawHeader(fields: RawHeader): Buffer {
  const block = Buffer.alloc(512);
  const put = (offset: number, value: string | Buffer): void => {
    (typeof value === 'string' ? Buffer.from(value, 'utf8') : value).copy(block, offset);
  };
  const size = fields.size ?? 0;
  put(0, fields.name ?? '');
  put(100, fields.mode ?? '0000644\0');
  put(108, fields.uid ?? '0000000\0');
  put(116, fields.gid ?? '0000000\0');
  put(124, typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size);
  put(136, fields.mtime ?? '00000000000\0');
  put(156, fields.typeflag ?? '0');
  put(157, fields.linkName ?? '');
  put(257, fields.magic ?? 'ustar\x0000');
  put(345, fields.prefix ?? '');
  const signed = fields.checksum === 'signed';
  let sum = 8 * 32;
  for (const byte of block) sum += signed && byte > 127 ? byte - 256 : byte;
  if (fields.checksum === 'wrong') sum += 1;
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** A header with its body and padding. */
export function rawEntry(fields: RawHeader, body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([
    rawHeader({ size: bytes.byteLength, ...fields }),
    bytes,
    Buffer.alloc((512 - (bytes.byteLength % 512)) % 512),
  ]);
}

/** An extended header with one record per pair. */
export function paxEntry(records: readonly (readonly [string, string])[], typeflag = 'x'): Buffer {
  const content = Buffer.concat(records.map(([key, value]) => paxRecord(key, Buffer.from(value))));
  return rawEntry({ name: 'PaxHeaders.0/x', typeflag }, content);
}

export function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.byteLength + 1;
  while (`${length}`.length + rest.byteLength !== length) length += 1;
  return Buffer.concat([Buffer.from(`${length}`), rest]);
}

export const TRAILER = Buffer.alloc(1024);
