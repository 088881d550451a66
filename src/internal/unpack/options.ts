import type { AbortOptions } from '../async/abort.js';
import type { TarType } from '../tar/format/header.js';
import type { UnpackStep } from './name.js';

/** An entry that was left out. */
export interface SkippedEntry {
  /** Its path below the directory. */
  readonly path: string;
  readonly type: TarType;
  /** Node cannot make such a file, or the file system takes its name for that of another entry. */
  readonly reason: 'unsupported-type' | 'name-clash';
}

/** What was written, and what was not. */
export interface UnpackTotals {
  readonly directories: number;
  readonly files: number;
  readonly symbolicLinks: number;
  readonly hardLinks: number;
  /** Bytes of all files. */
  readonly bytes: number;
  /** Entries left out; see `onSkip`. */
  readonly skipped: number;
  /** Files that lost their set-user or set-group bit; see `keepPrivileges`. */
  readonly privilegesDropped: number;
  /** Entries with extended attributes, such as file capabilities, which Node cannot set. */
  readonly attributesDropped: number;
}

/** How files come to a disk. */
export interface ToDiskOptions extends AbortOptions {
  /**
   * Writes into a directory that is not empty: what is unpacked replaces files and links that are there, never a
   * directory; the rest stays, and a failure leaves what was written. @default false
   */
  readonly merge?: boolean | undefined;
  /** Gives files the numbers of their owner and group. @default true for root, unless of a user namespace without other users; otherwise false: files are the caller's */
  readonly keepOwners?: boolean | undefined;
  /** Keeps the bits that make a program run as its owner or group. @default false */
  readonly keepPrivileges?: boolean | undefined;
  /** Refuses names that Windows or macOS cannot have, or take for one, whatever system this is. @default only what this system cannot */
  readonly portable?: boolean | undefined;
  /** What becomes of an entry whose name the file system, or `portable`, takes for that of another one. @default 'refuse' */
  readonly nameClashes?: 'refuse' | 'skip' | undefined;
  /** Is told of each entry that is left out. */
  readonly onSkip?: ((entry: SkippedEntry) => void) | undefined;
  /** Entries before a LimitExceededError. @default 1 000 000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of all files before a LimitExceededError. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

export interface UnpackOptions extends ToDiskOptions {
  /** Reads names that may also say that something is gone, which then counts for what was there before. */
  readonly readName?: ((name: string) => UnpackStep) | undefined;
}
