import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';

/** The metadata that every file and directory has. */
export interface Metadata {
  /** Permissions with the set-ID and sticky bits, such as 0o755. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: Timestamp;
  /** The extended attributes, as PAX records of a tar; undefined if there are none. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export interface Timestamp {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Nanoseconds within the second. */
  readonly nanoseconds: number;
}

/** The bytes of a regular file. Two nodes with the same content object have the same bytes. */
export interface Content {
  readonly size: number;
  /** Opens the bytes: a small file as bytes, a large one as a stream that the caller owns. */
  open(options: AbortOptions): Promise<Uint8Array | Readable>;
  /** The tar that the bytes are in. Its wanted entries have to be loaded before the content is opened. */
  readonly archive?: ContentArchive | undefined;
}

/** A tar that can only be read from its start, so that all entries that are needed are loaded in one pass. */
export interface ContentArchive {
  /** Loads those of the contents that are in this archive and not loaded yet. */
  load(contents: Iterable<Content>, options: AbortOptions): Promise<void>;
}

/** The kinds of nodes that are not directories. */
export type LeafType = 'file' | 'symlink' | 'fifo' | 'character-device' | 'block-device';

/**
 * An inode that is not a directory. Names that share an object are hard links to one file. It is never changed: a file
 * with other metadata or content is another object.
 */
export interface LeafNode extends Metadata {
  readonly type: LeafType;
  /** The content of a regular file. */
  readonly content?: Content | undefined;
  /** The target of a symbolic link; empty for any other file. */
  readonly target: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

/** A directory that can be read. Its entries may be read from the disk when they are first needed. */
export interface SourceDirectory extends Metadata {
  readonly type: 'directory';
  /** The entries by name, without an order; undefined if they are not loaded yet. */
  readonly entries: ReadonlyMap<string, SourceNode> | undefined;
  /** Loads the entries. */
  load(options: AbortOptions): Promise<ReadonlyMap<string, SourceNode>>;
}

export type SourceNode = LeafNode | SourceDirectory;

/** A directory of a tree in memory. */
export interface TreeDirectory extends SourceDirectory {
  readonly entries: ReadonlyMap<string, TreeNode>;
}

export type TreeNode = LeafNode | TreeDirectory;

/** The entries of a directory, loaded if necessary. */
export async function entriesOf(
  directory: SourceDirectory,
  options: AbortOptions,
): Promise<ReadonlyMap<string, SourceNode>> {
  return directory.entries ?? directory.load(options);
}

/** The names of a directory in the order of their bytes, which is that of BuildKit and of layers made here. */
export function sortedNames(entries: ReadonlyMap<string, unknown>): string[] {
  const names = [...entries.keys()];
  // Without surrogates, the default order is that of the bytes, and takes no calls.
  return names.some((name) => SURROGATE.test(name)) ? names.sort(compareBytes) : names.sort();
}

/** Compares strings by the bytes of their UTF-8 form. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  // The order of UTF-16 code units differs from that of UTF-8 only for surrogates.
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const SURROGATE = /[\ud800-\udfff]/;

/** A leaf with the defaults of a regular file. */
export function leaf(node: Partial<LeafNode> & Metadata & Pick<LeafNode, 'type'>): LeafNode {
  return { target: '', deviceMajor: 0, deviceMinor: 0, ...node };
}

/** A content that is in memory. */
export function bytesContent(bytes: Uint8Array): Content {
  return { size: bytes.byteLength, open: async () => bytes };
}
