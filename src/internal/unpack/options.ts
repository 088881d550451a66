import type { AbortOptions } from '../async/abort.js';
import type { TarHeader, TarType } from '../tar/format/header.js';
import type { UnpackStep } from './name.js';

/** An entry that was skipped. */
export interface SkippedEntry {
  /** The path of the entry below the directory. */
  readonly path: string;
  /** What the entry is. */
  readonly type: TarType;
  /**
   * `unsupported-type`: Node cannot create such a file. `name-clash`: the file system, or `portable`, treats the
   * name as equal to that of another entry.
   */
  readonly reason: 'unsupported-type' | 'name-clash';
}

/** Counts of what was unpacked and what was not. */
export interface UnpackTotals {
  /** Directories that were made, or existed. */
  readonly directories: number;
  /** Regular files that were written. */
  readonly files: number;
  /** Symbolic links that were made. */
  readonly symbolicLinks: number;
  /** Hard links that were made. */
  readonly hardLinks: number;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Skipped entries; see `onSkip`. */
  readonly skipped: number;
  /** Files that lost their set-user or set-group bit; see `keepPrivileges`. */
  readonly privilegesDropped: number;
  /** Entries with extended attributes, such as file capabilities, which Node cannot set. */
  readonly attributesDropped: number;
}

/** Options for unpacking to a disk. */
export interface ToDiskOptions extends AbortOptions {
  /**
   * Allows a directory that is not empty. Unpacked entries replace existing files and links, but never a
   * directory. Other files stay, and a failure leaves the entries that were written. @default false
   */
  readonly merge?: boolean | undefined;
  /**
   * Sets the owner and group of files to the numbers in the archive. @default true for root, except in a user
   * namespace without other users; otherwise false: the files belong to the caller
   */
  readonly keepOwners?: boolean | undefined;
  /** Keeps the set-user and set-group bits, which make a program run as its owner or group. @default false */
  readonly keepPrivileges?: boolean | undefined;
  /**
   * Refuses names that Windows or macOS cannot represent or distinguish, whatever the current system is. @default
   * false: only names that the current system cannot represent or distinguish, and on Windows always true
   */
  readonly portable?: boolean | undefined;
  /**
   * What to do with an entry whose name the file system, or `portable`, treats as equal to that of another entry.
   * @default 'refuse'
   */
  readonly nameClashes?: 'refuse' | 'skip' | undefined;
  /**
   * Leaves out the entries for which it returns false; `onSkip` and the counts do not include them. A hard link whose other
   * name was left out is an error. @default all entries are unpacked
   */
  readonly filterEntries?: ((header: TarHeader) => boolean) | undefined;
  /** Called for each skipped entry. */
  readonly onSkip?: ((entry: SkippedEntry) => void) | undefined;
  /** Entries of the archive; more are a LimitExceededError. @default 1 000 000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of all files; more are a LimitExceededError. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

export interface UnpackOptions extends ToDiskOptions {
  /**
   * Interprets the names of entries, which may also request removals. A removal applies to files that existed
   * before, never to entries of this archive.
   */
  readonly readName?: ((name: string) => UnpackStep) | undefined;
}
