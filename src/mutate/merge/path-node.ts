import type { TarHeader } from '../../internal/tar/format/header.js';

/**
 * A path of the image. It is kept from layer to layer; the facts about its entries in one layer are reset at the end of
 * the layer. There is one node for each file, so all facts are in one object, to save memory.
 */
export interface PathNode {
  /** The last component of the path. */
  readonly name: string;
  readonly parent: PathNode | undefined;
  children: Map<string, PathNode> | undefined;
  /** What the layers above hide of this path, and what was written for it; see `path-flags.ts`. */
  flags: number;
  /** The files that hard links of the layers above need, at this path and below it. */
  wanted: WantedRecord | undefined;
  /** The number of the layer's last entry for this path; -1 if it has none. Entries are numbered in their order. */
  lastEntry: number;
  /** The last entry for this path that is not a directory, and so removed everything below the path. */
  lastNonDirectory: number;
  /** The last entry below this path, which made the path a directory. */
  lastBelow: number;
  /** Further facts about the last entry; undefined for most files. */
  details: EntryDetails | undefined;
}

/** Facts about the last entry of a path that only directories and files with several names need. */
export interface EntryDetails {
  /** The header that was written for a directory, to find out whether another entry differs from it. */
  readonly directory?: TarHeader;
  /** The file of which the entry is a name. */
  readonly inode?: Inode;
  /** The header of a hard link that cannot be written yet. */
  readonly pending?: TarHeader | undefined;
}

/** The files at and below a path that hard links of upper layers need. */
export interface WantedRecord {
  inode: Inode | undefined;
  /** How many needed files are below the path. */
  below: number;
}

/** A hard link that is written when the content of its file is found. */
export interface PendingLink {
  readonly node: PathNode;
  readonly header: TarHeader;
}

/** A file that has, or had, several names. */
export interface Inode {
  /** The path where the content is, or is expected. */
  readonly target: PathNode;
  /** The number of the entry with the content; undefined until it is found. */
  readonly contentEntry?: number | undefined;
  /** Links that cannot be written yet. */
  readonly pendingLinks: PendingLink[];
  /** Inodes that were merged into this one and have pending links of their own. */
  readonly joined: Inode[];
  /** A path for which the content was written. */
  writtenPath?: string | undefined;
  /** The inode into which this one was merged. */
  mergedInto?: Inode | undefined;
}
