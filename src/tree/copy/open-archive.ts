import { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed, sniff } from '../../internal/compress/compression.js';
import { FORMAT_BYTES, type ForeignFormat, foreignFormat } from '../../internal/compress/foreign-format.js';
import { decompressedByProgram } from '../../internal/compress/foreign-program.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { readTar } from '../../internal/tar/reader.js';
import { type Content } from '../nodes/node.js';
import { loadContents } from '../layers/load-contents.js';

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

/** Whether a file is an archive: as in BuildKit, if its first header is that of a tar, whatever its name is. */
export async function isArchive(content: Content, options: AbortOptions): Promise<boolean> {
  await loadContents([content], options);
  try {
    for await (const _first of readTar(await openArchive(content, options), options)) return true;
    return false;
  } catch (error) {
    if (error instanceof ArchiveInvalidError) return false;
    throw error;
  }
}
