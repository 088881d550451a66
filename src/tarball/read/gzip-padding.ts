import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { drain } from '../../internal/streams/consume.js';
import type { ArchiveEntries, ArchiveEntry } from './entries.js';

const BLOCK = 512;
/** The length of the content and the checksum before it, and as many zeros as are told from them. */
const TAIL = 16;

/**
 * The file of a gzip layer without zeros behind its data. Docker, crane and skopeo refuse a layer that has any, but an
 * archive does not say what digest its layers have, so that they can be left out here.
 *
 * Only the data itself tells where it ends. It is read for that where its last bytes look like padding.
 */
export async function withoutPadding(
  entry: ArchiveEntry,
  entries: ArchiveEntries,
  options: AbortOptions,
): Promise<ArchiveEntry> {
  // The zeros at the end of a sparse file take no space, and nobody writes layers as such.
  if (entry.parts !== undefined || !looksPadded(await entries.tail(entry, TAIL, options))) return entry;
  let end = entry.size;
  const onEnd = (offset: number): void => {
    end = offset;
  };
  await drain(await decompressed(await entries.stream(entry, options), { ...options, onEnd }), options);
  return { ...entry, size: end };
}

/**
 * The data of gzip ends with the length of its content modulo 4 GiB, the lowest byte first. The length of a tar is a multiple
 * of 512 and seldom one of 4 GiB: up to two zeros may belong to it.
 */
function looksPadded(tail: Buffer): boolean {
  if (tail.byteLength < 4 || tail.at(-1) !== 0) return false;
  const length = tail.readUInt32LE(tail.byteLength - 4);
  return length < 2 * BLOCK || length % BLOCK !== 0;
}
