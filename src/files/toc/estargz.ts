import { Readable } from 'node:stream';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { type TarEntry, readTar } from '../../internal/tar/reader.js';
import { isHash } from '../../v1/hash.js';
import type { JsonObject } from '../../internal/json/json-object.js';
import type { Chunk } from '../entries/chunk.js';
import { fetchRange, hasDigest, unpackToc } from './fetch-range.js';
import { filesOf, numberOf, TocProblem, tocEntries } from './toc-files.js';
import type { AnnotatedBlob, StoredToc, TocOptions } from './toc.js';

const DIGEST = 'containerd.io/snapshot/stargz/toc.digest';

/** An empty gzip member whose extra field has the position of the table of contents. */
const FOOTER_BYTES = 51;

/** Bytes at the end of a layer that are fetched together, because a small table of contents is among them. */
const TAIL_BYTES = 64 * 1024;

const TOC_NAME = 'stargz.index.json';

/**
 * The table of contents of a layer in the format eStargz, which stargz-snapshotter, nerdctl and BuildKit write. The end of the
 * layer has its position, and the manifest its digest.
 *
 * @returns undefined for a layer in another format
 * @throws TocProblem if it cannot be used
 * @see https://github.com/containerd/stargz-snapshotter/blob/main/docs/estargz.md
 */
export async function estargzToc(
  { layer, size, annotations }: AnnotatedBlob,
  options: TocOptions,
): Promise<StoredToc | undefined> {
  const digest = annotations[DIGEST];
  if (digest === undefined) return undefined;
  if (!isHash(digest) || size < FOOTER_BYTES) throw new TocProblem('its digest is invalid');
  const tailStart = Math.max(0, size - TAIL_BYTES);
  const tail = await fetchRange(layer, tailStart, size - tailStart, options);
  const offset = tocOffset(tail.subarray(tail.byteLength - FOOTER_BYTES));
  const length = size - FOOTER_BYTES - offset;
  if (length <= 0) throw new TocProblem('its position is not in the layer');
  if (length > options.maxTocBytes) throw new TocProblem('it is too large');
  const bytes =
    offset >= tailStart
      ? tail.subarray(offset - tailStart, offset - tailStart + length)
      : Buffer.concat([
          await fetchRange(layer, offset, tailStart - offset, options),
          tail.subarray(0, length - (tailStart - offset)),
        ]);
  const { entry, text } = await tocEntry(await unpackToc(bytes, options.maxTocBytes, options));
  if (!hasDigest(text, digest)) throw new TocProblem('it has another digest');
  const entries = tocEntries(text.toString('utf8'));
  const files = filesOf(entries, positions(entries, offset), size);
  // The table of contents is a file of the layer, too, and the last one.
  const chunk: Chunk = {
    ...{ start: 0, size: text.byteLength, digest },
    stored: { offset, end: size - FOOTER_BYTES, skip: entry.offset },
  };
  const file = { path: TOC_NAME, header: entry.header, number: files.length, chunks: [chunk], digest };
  return { files: [...files, file] };
}

function tocOffset(footer: Buffer): number {
  const match = /^([0-9a-f]{16})STARGZ$/.exec(footer.toString('latin1', 16, 38));
  if (match === null || footer.toString('latin1', 12, 14) !== 'SG')
    throw new TocProblem('the layer does not end with its position');
  return Number.parseInt(match[1] ?? '', 16);
}

async function tocEntry(tar: Buffer): Promise<{ readonly entry: TarEntry; readonly text: Buffer }> {
  const source = ignoreLateErrors(Readable.from([tar], { objectMode: false }));
  for await (const entry of readTar(source)) {
    if (entry.header.name === TOC_NAME && entry.header.type === 'file')
      return { entry, text: await entry.bytes() };
    break;
  }
  throw new TocProblem('it is not where the layer says');
}

/**
 * Finds where a chunk is stored. The compressed data in which a chunk begins ends where the next data begins. After the last
 * chunk of a file, it also holds the headers of the entries that follow.
 */
function positions(
  entries: readonly JsonObject[],
  tocStart: number,
): (entry: JsonObject) => { offset: number; end: number; skip: number } {
  const starts = [...new Set([...entries.map((entry) => numberOf(entry, 'offset')), tocStart])]
    .filter((offset) => offset > 0)
    .sort((a, b) => a - b);
  const next = new Map(starts.map((start, at) => [start, starts[at + 1] ?? tocStart]));
  return (entry) => {
    const offset = numberOf(entry, 'offset');
    return { offset, end: next.get(offset) ?? offset, skip: numberOf(entry, 'innerOffset') };
  };
}
