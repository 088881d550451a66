import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { paxEntry, rawEntry, rawHeader } from './raw-tar.js';

/** Writes a sparse file of this size, with data at the given offsets. */
export function sparseFile(
  path: string,
  size: number,
  data: readonly (readonly [offset: number, text: string])[],
): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, size);
  for (const [offset, text] of data) writeSync(fd, text, offset);
  closeSync(fd);
}

const pad = (text: string, size: number): Buffer =>
  Buffer.concat([Buffer.from(text), Buffer.alloc(size - text.length)]);
const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;

/** An entry in the old format of GNU. Parts after the first four are in blocks behind the header. */
export function oldSparse(size: number, parts: readonly (readonly [number, number])[], data: Buffer): Buffer {
  const header = rawHeader({ name: 'old', typeflag: 'S', size: data.byteLength, magic: 'ustar  \0' });
  const put = (block: Buffer, at: number, list: readonly (readonly [number, number])[]): void => {
    list.forEach(([offset, length], index) => {
      block.write(octal(offset) + octal(length), at + index * 24, 'latin1');
    });
  };
  put(header, 386, parts.slice(0, 4));
  header[482] = parts.length > 4 ? 1 : 0;
  header.write(octal(size), 483, 'latin1');
  const blocks: Buffer[] = [];
  for (let at = 4; at < parts.length; at += 21) {
    const block = Buffer.alloc(512);
    put(block, 0, parts.slice(at, at + 21));
    block[504] = at + 21 < parts.length ? 1 : 0;
    blocks.push(block);
  }
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, ...blocks, data, Buffer.alloc((512 - (data.byteLength % 512)) % 512)]);
}

export function version1(size: number, map: string, data: string): Buffer {
  const records = { major: '1', minor: '0', name: 'one', realsize: `${size}` };
  const content = Buffer.concat([pad(map, Math.ceil(map.length / 512) * 512), Buffer.from(data)]);
  return Buffer.concat([
    paxEntry(Object.entries(records).map(([key, value]) => [`GNU.sparse.${key}`, value])),
    rawEntry({ name: 'GNUSparseFile.0/one' }, content),
  ]);
}

export function version0(records: Readonly<Record<string, string>>, data: string): Buffer {
  return Buffer.concat([
    paxEntry(Object.entries(records).map(([key, value]) => [`GNU.sparse.${key}`, value])),
    rawEntry({ name: 'zero' }, data),
  ]);
}
