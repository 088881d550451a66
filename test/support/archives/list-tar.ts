import type { TarHeader } from '../../../src/internal/tar/format/header.js';
import { indexTar } from '../../../src/internal/tar/entry-index.js';
import { readTar } from '../../../src/internal/tar/reader.js';
import type { TarLimits } from '../../../src/internal/tar/parser.js';
import { readBody } from '../../../src/internal/tar/sparse/body.js';
import { memoryAccess } from '../../../src/internal/files/random-access.js';
import { chunked } from './chunked.js';
import { readAll } from '../tools/read-all.js';

export interface ListedEntry extends TarHeader {
  readonly body: string;
}

/** Lists a tar with the reader for streams. */
export async function listStream(
  tar: Buffer,
  limits: TarLimits = {},
  sizes: readonly number[] = [64 * 1024],
): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  for await (const { header, body } of readTar(chunked(tar, sizes), limits)) {
    entries.push({ ...header, body: (await readAll(body)).toString('latin1') });
  }
  return entries;
}

/** Lists a tar with the reader that seeks. */
export async function listIndex(tar: Buffer, limits: TarLimits = {}): Promise<ListedEntry[]> {
  const archive = memoryAccess(tar);
  const index = await indexTar(archive, limits);
  return Promise.all(
    index.map(async ({ offset, parts, ...header }) => {
      const body = await readBody(archive, { offset, parts, size: header.size }, header.size);
      return { ...header, body: body.toString('latin1') };
    }),
  );
}
