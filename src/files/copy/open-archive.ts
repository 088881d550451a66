import { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed, sniff } from '../../internal/compress/compression.js';
import { FORMAT_BYTES, type ForeignFormat, foreignFormat } from '../../internal/compress/foreign-format.js';
import { decompressedByProgram } from '../../internal/compress/foreign-program.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { readTar, type TarEntry } from '../../internal/tar/reader.js';
import { type Content } from '../tree/node.js';
import { loadContents } from '../layers/tar-contents.js';

/**
 * Opens the tar in a file that is a tar, or a tar compressed with gzip, zstd, bzip2 or xz. The last two need the program
 * of that name.
 */
export async function openArchive(content: Content, options: AbortOptions): Promise<Readable> {
  const source = await streamOf(content, options);
  const { compression, stream } = await sniff(source, options);
  if (compression !== 'none') return decompressed(stream, options);
  const format = await formatOf(content, options);
  return format === undefined ? stream : decompressedByProgram(stream, format, options);
}

/** The formats that BuildKit unpacks beside gzip and zstd. */
const PROGRAMS: ReadonlySet<string> = new Set(['xz', 'bzip2']);

async function formatOf(content: Content, options: AbortOptions): Promise<ForeignFormat | undefined> {
  const head: Buffer[] = [];
  let size = 0;
  for await (const chunk of await streamOf(content, options)) {
    head.push(chunk as Buffer);
    size += (chunk as Buffer).byteLength;
    if (size >= FORMAT_BYTES) break;
  }
  const format = foreignFormat(Buffer.concat(head).subarray(0, FORMAT_BYTES));
  return format !== undefined && PROGRAMS.has(format.name) ? format : undefined;
}

async function streamOf(content: Content, options: AbortOptions): Promise<Readable> {
  const opened = await content.open(options);
  if (opened instanceof Readable) return opened;
  return ignoreLateErrors(Readable.from(opened.byteLength === 0 ? [] : [opened], { objectMode: false }));
}

/**
 * The entries of a file that is an archive; undefined if it is not. As in BuildKit, a file is an archive if its first
 * header is that of a tar, whatever its name is.
 */
export async function archiveEntries(
  content: Content,
  options: AbortOptions,
): Promise<AsyncIterable<TarEntry> | undefined> {
  await loadContents([content], options);
  let tar: Readable | undefined;
  try {
    tar = await openArchive(content, options);
    const iterator = readTar(tar, options)[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done === true) return undefined;
    return resumed(first.value, iterator);
  } catch (error) {
    if (tar !== undefined) discard(tar);
    if (error instanceof ArchiveInvalidError) return undefined;
    throw error;
  }
}

async function* resumed(first: TarEntry, rest: AsyncIterator<TarEntry>): AsyncGenerator<TarEntry> {
  try {
    yield first;
    for (;;) {
      const next = await rest.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}
