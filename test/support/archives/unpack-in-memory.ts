import type { Readable } from 'node:stream';
import { readTar, type TarHeader } from '../../../src/internal/tar/tar.js';

/** An entry of a tar and its content; a hard link has that of its target. */
export interface UnpackedEntry {
  readonly header: TarHeader;
  readonly content: string;
  /** The header of the entry that had the content. */
  readonly source: TarHeader;
  /** The first path of the same file. */
  readonly inode: string;
}

interface File {
  readonly source: TarHeader;
  readonly content: string;
}

/**
 * The files that a tar makes when it is unpacked, by path: a later entry replaces an earlier one. Fails if a link comes
 * before its target and, unless `repeats` is set, if a path occurs twice.
 */
export async function unpackInMemory(
  tar: Readable,
  { repeats = false }: { readonly repeats?: boolean } = {},
): Promise<Map<string, UnpackedEntry>> {
  const found = new Map<string, { readonly header: TarHeader; readonly file: File }>();
  const remove = (path: string): void => {
    for (const name of found.keys()) if (name === path || name.startsWith(`${path}/`)) found.delete(name);
  };
  for await (const entry of readTar(tar)) {
    const { header } = entry;
    const path = header.name.replace(/\/$/, '');
    const before = found.get(path);
    if (before !== undefined && !repeats) throw new Error(`${path} comes twice`);
    const target = header.type === 'link' ? found.get(header.linkName) : undefined;
    if (header.type === 'link' && (target === undefined || target.header.type === 'directory')) {
      throw new Error(`${path} is a link to ${header.linkName}, which does not exist before it`);
    }
    for (const above of parentsOf(path)) {
      const other = found.get(above);
      if (other === undefined || other.header.type === 'directory') continue;
      if (!repeats) throw new Error(`${path} lies in a file`);
      found.delete(above);
    }
    if (header.type !== 'directory' || before?.header.type !== 'directory') {
      if (
        !repeats &&
        header.type !== 'directory' &&
        [...found.keys()].some((name) => name.startsWith(`${path}/`))
      ) {
        throw new Error(`${path} is a directory and a file`);
      }
      if (header.type !== 'directory' || before !== undefined) remove(path);
    }
    const content = target?.file.content ?? (await entry.bytes()).toString('latin1');
    found.set(path, { header, file: target?.file ?? { source: header, content } });
  }
  const first = new Map<File, string>();
  for (const [path, { file }] of found) if (!first.has(file)) first.set(file, path);
  return new Map(
    [...found].map(([path, { header, file }]) => [path, { header, ...file, inode: first.get(file) ?? path }]),
  );
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
}
