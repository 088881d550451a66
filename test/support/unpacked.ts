import type { Readable } from 'node:stream';
import { readTar, type TarHeader } from '../../src/internal/tar.js';

/** An entry of a tar and its content; a hard link has that of its target. */
export interface Unpacked {
  readonly header: TarHeader;
  readonly content: string;
  /** The path that has the content itself. */
  readonly inode: string;
}

/**
 * What a tar holds, by path. Fails for what would be unpacked differently by different programs: paths that come
 * twice, links before their target, files below what is no folder.
 */
export async function unpacked(tar: Readable): Promise<Map<string, Unpacked>> {
  const found = new Map<string, Unpacked>();
  for await (const entry of readTar(tar)) {
    const { header } = entry;
    const path = header.name.replace(/\/$/, '');
    if (found.has(path)) throw new Error(`${path} comes twice`);
    if (header.type === 'link') {
      const target = found.get(header.linkName);
      if (target?.inode !== header.linkName || target.header.type === 'directory') {
        throw new Error(`${path} is a link to ${header.linkName}, which was not there`);
      }
      found.set(path, { header, content: target.content, inode: target.inode });
    } else {
      found.set(path, { header, content: (await entry.bytes()).toString('latin1'), inode: path });
    }
  }
  for (const path of found.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const above = found.get(parts.slice(0, depth).join('/'));
      if (above !== undefined && above.header.type !== 'directory') throw new Error(`${path} lies in a file`);
    }
  }
  return found;
}
