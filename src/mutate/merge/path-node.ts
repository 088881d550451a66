import type { TarHeader } from '../../internal/tar/format/header.js';

/**
 * A path of the image. It stays from layer to layer; what one layer says about it is forgotten when the layer is done.
 * There are as many as there are files, so there is one object for all of it.
 */
export interface PathNode {
  readonly name: string;
  readonly parent: PathNode | undefined;
  children: Map<string, PathNode> | undefined;
  /** What the layers above hide of it, and what was written of it; see `hiding.ts`. */
  flags: number;
  /** What hard links of the layers above look for, here and below. */
  wanted: WantedRecord | undefined;
  /** The last entry of the layer under this path; -1 if it has none. Entries are numbered in their order. */
  lastEntry: number;
  /** The last entry that made this path something else than a directory, and so removed what was below it. */
  lastNonDirectory: number;
  /** The last entry below this path, which made it a directory. */
  lastBelow: number;
  details: EntryDetails | undefined;
}

/** What has to be known of the last entry of some paths: directories, and files with several names. */
export interface EntryDetails {
  /** What was written of a directory, to know whether another entry says anything new. */
  readonly directory?: TarHeader;
  /** The file that the entry is a name of. */
  readonly inode?: Inode;
  /** The header of a hard link that could not be written yet. */
  readonly pending?: TarHeader | undefined;
}

/** What hard links of upper layers look for. */
export interface WantedRecord {
  inode: Inode | undefined;
  /** How many paths below this one are looked for. */
  below: number;
}

/** A hard link that waits until the content of its file is found. */
export interface PendingLink {
  readonly node: PathNode;
  readonly header: TarHeader;
}

/** A file that has, or had, several names. */
export interface Inode {
  /** The path under which its content is, or is looked for. */
  readonly target: PathNode;
  /** The number of the entry that has the content; undefined as long as none is found. */
  readonly contentEntry?: number | undefined;
  /** Names that could not be written yet. */
  readonly pendingLinks: PendingLink[];
  /** Inodes with names of their own that turned out to be this one. */
  readonly joined: Inode[];
  /** A name under which the content was written. */
  writtenPath?: string | undefined;
  /** The inode that this one turned out to be. */
  mergedInto?: Inode | undefined;
}
