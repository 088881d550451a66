import type { TarHeader } from '../internal/tar-header.js';

/** A name that waits for the content it was linked to. */
export interface LinkName {
  readonly path: string;
  /** Number of its entry in its layer. */
  readonly entry: number;
  readonly header: TarHeader;
}

/** A file that has, or had, several names. */
export interface Inode {
  /** Path under which its content is, or is looked for. */
  readonly target: string;
  /** The entry that has the content; undefined as long as none is found. */
  readonly source?: number | undefined;
  /** Names that could not be written yet: they stand before the content, or it is hidden. */
  names: LinkName[];
  /** Names that were written, of the content first. */
  readonly written: string[];
  /** The inode that this one turned out to be. */
  merged?: Inode | undefined;
}

/** The inode that stands for this one after all merging. */
export function finalInode(inode: Inode): Inode {
  let final = inode;
  while (final.merged !== undefined) final = final.merged;
  // The next search is short.
  if (final !== inode) inode.merged = final;
  return final;
}
