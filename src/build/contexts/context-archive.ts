import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { applyEntries } from '../../tree/layers/apply-layer.js';
import { storedContent } from '../../tree/layers/stored-content.js';
import { EntryBudget } from '../../tree/layers/entry-budget.js';
import { FileTree } from '../../tree/nodes/file-tree.js';
import type { SourceDirectory } from '../../tree/nodes/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { decompressed, sniff } from '../../internal/compress/compression.js';
import { spool } from '../../internal/files/spool.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { indexTar } from '../../internal/tar/entry-index.js';
import type { WorkDirectory } from '../options/work-directory.js';

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
    const content = header.type === 'file' ? storedContent(archive, header) : undefined;
    return { header, path: header.name, content };
  });
  await applyEntries(tree, entries, { signal });
  return tree.root;
}
