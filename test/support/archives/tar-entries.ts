import { encodeHeader } from '../../../src/internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../../src/internal/tar/format/header.js';

/** An entry of a tar that tests write, valid or not. */
export interface TestEntry {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** Target of a link; symbolic unless `hard`. */
  readonly link?: string;
  readonly hard?: boolean;
  readonly type?: string;
}

/** A tar of any entries, in the order given. */
export function tarEntries(...entries: readonly TestEntry[]): Buffer {
  return Buffer.concat([...entries.map(entryBytes), TRAILER]);
}

function entryBytes({ name, content = '', link, hard = false, type }: TestEntry): Buffer {
  const bytes = Buffer.from(content);
  // The encoder does not check entries of the type `other`.
  const header = encodeHeader({ name, size: bytes.byteLength, type: 'other' });
  const block = header.subarray(-512);
  if (link !== undefined) block.write(link, 157, 100, 'utf8');
  const flag = type ?? (link === undefined ? '0' : hard ? '1' : '2');
  block.write(flag, 156, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, bytes, Buffer.alloc(paddingOf(bytes.byteLength))]);
}
