import type { Readable } from 'node:stream';
import type { TarEntry } from '../internal/tar.js';

/** Bodies up to here are taken in one piece, which is faster than a stream. */
const SMALL = 512 * 1024;

/** The body of an entry in the form in which it is fastest copied; undefined if it has none. */
export async function copyBody(entry: TarEntry): Promise<Readable | Uint8Array | undefined> {
  const { size } = entry.header;
  if (size === 0) return undefined;
  return size <= SMALL ? entry.bytes() : entry.body;
}
