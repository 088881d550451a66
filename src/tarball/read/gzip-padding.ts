import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed } from '../../internal/compress/compression.js';
import { drain } from '../../internal/streams/consume.js';
import type { ArchiveEntries, ArchiveEntry } from './entries.js';

const BLOCK = 512;
/** Bytes to read at the end of the file: the checksum and the length that end gzip data, and some of the padding. */
const TAIL = 16;

/**
 * Returns the file of a gzip layer without zeros after its data. Docker, crane and skopeo refuse a layer with such padding.
 * An archive does not contain the digests of its layers, so the padding can be removed here.
 *
 * The end of gzip data can be found only by decompressing it. That is done only if the last bytes look like padding.
 */
export async function withoutPadding(
  entry: ArchiveEntry,
  entries: ArchiveEntries,
  options: AbortOptions,
): Promise<ArchiveEntry> {
  // Zeros at the end of a sparse file take no space, and no tool writes layers as sparse files.
  if (entry.parts !== undefined || !looksPadded(await entries.tail(entry, TAIL, options))) return entry;
  let end = entry.size;
  const onEnd = (offset: number): void => {
    end = offset;
  };
  await drain(await decompressed(await entries.stream(entry, options), { ...options, onEnd }), options);
  return { ...entry, size: end };
}

/**
 * Whether the file seems to have zeros after its gzip data. Gzip data ends with the length of its content modulo 4 GiB, the
 * lowest byte first. The length of a tar is a multiple of 512, and rarely one of 4 GiB, so up to two zeros may belong to it.
 */
function looksPadded(tail: Buffer): boolean {
  if (tail.byteLength < 4 || tail.at(-1) !== 0) return false;
  const length = tail.readUInt32LE(tail.byteLength - 4);
  return length < 2 * BLOCK || length % BLOCK !== 0;
}
