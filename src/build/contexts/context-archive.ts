import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { applyEntries } from '../../files/layers/apply-layer.js';
import { EntryBudget } from '../../files/layers/entry-budget.js';
import { FileTree } from '../../files/tree/file-tree.js';
import type { Content, SourceDirectory } from '../../files/tree/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed, sniff } from '../../internal/compress/compression.js';
import type { RandomAccess } from '../../internal/files/random-access.js';
import { spool } from '../../internal/files/spool.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { readBody, streamBody } from '../../internal/tar/sparse/body.js';
import { indexTar, type TarIndexEntry } from '../../internal/tar/entry-index.js';
import type { WorkDirectory } from '../options/work-directory.js';

/** Files up to here are handed over as bytes. */
const MAX_SINGLE_READ_BYTES = 128 * 1024;

/**
 * A tar, plain or compressed with gzip or zstd, as the source of COPY and ADD. It is copied into a temporary file of the
 * build, because files are read in any order.
 *
 * The entries keep their owners, as in BuildKit.
 *
 * @throws ArchiveInvalidError if it is not a tar
 */
export async function contextArchive(
  source: string | Readable,
  work: WorkDirectory,
  { signal }: AbortOptions,
): Promise<SourceDirectory> {
  const opened = typeof source === 'string' ? ignoreLateErrors(createReadStream(source)) : source;
  const { compression, stream } = await sniff(opened, { signal });
  const plain = compression === 'none' ? stream : await decompressed(stream, { signal });
  const archive = work.keep(await spool(plain, { dir: work.path, signal }));
  const tree = FileTree.empty();
  const index = await indexTar(archive, { signal }).catch((cause: unknown) => {
    if (!(cause instanceof ArchiveInvalidError)) throw cause;
    const subject = typeof source === 'string' ? JSON.stringify(source) : 'the stream';
    throw new ArchiveInvalidError(`the context ${subject} is not a tar: ${cause.message}`, {
      cause,
      hint: 'a context is a directory, or a tar that is plain or compressed with gzip or zstd',
    });
  });
  const budget = new EntryBudget('context');
  const entries = index.map((header) => {
    budget.add(header);
    const content = header.type === 'file' ? new ArchivedFile(archive, header) : undefined;
    return { header, path: header.name, content };
  });
  await applyEntries(tree, entries, { signal });
  return tree.root;
}

class ArchivedFile implements Content {
  readonly #archive: RandomAccess;
  readonly #entry: TarIndexEntry;
  readonly size: number;

  constructor(archive: RandomAccess, entry: TarIndexEntry) {
    this.#archive = archive;
    this.#entry = entry;
    this.size = entry.size;
  }

  async open(options: AbortOptions): Promise<Uint8Array | Readable> {
    return this.size <= MAX_SINGLE_READ_BYTES
      ? readBody(this.#archive, this.#entry, this.size, options)
      : streamBody(this.#archive, this.#entry, options);
  }
}
