import type { BigIntStats } from 'node:fs';
import { UnsupportedError } from '../../errors/unsupported.js';

/** The kinds of files that a layer can hold. */
export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'character-device' | 'block-device';

/** The metadata of one file in a layer. */
export interface FileEntry {
  /** Path in the image, without a slash at either end. */
  readonly path: string;
  /** What the entry is. */
  readonly type: FileType;
  /** Permissions, such as 0o644. */
  readonly mode: number;
  /** The numeric user ID. */
  readonly uid: number;
  /** The numeric group ID. */
  readonly gid: number;
  /** Time of the last modification. It is written in whole seconds. */
  readonly time: Date;
  /** Target of a symbolic link; empty for any other file. */
  readonly linkName: string;
}

/** Numeric IDs of a user and a group. Names have no meaning outside of the image. */
export interface Owner {
  /** The numeric user ID. */
  readonly uid: number;
  /** The numeric group ID. */
  readonly gid: number;
}

/** How the metadata of files is made. By default, owner and time do not depend on the machine. */
export interface FileEntryOptions {
  /** Owner of all files; `keep` keeps the owner that each file has on this machine. @default root */
  readonly owner?: Owner | 'keep' | undefined;
  /**
   * Permissions. `keep` keeps those of the file. `portable` copies the owner's read and execute bits to group and others and
   * lets only the owner write, so that the result does not depend on the umask.
   *
   * @default 'keep'
   */
  readonly mode?: 'keep' | 'portable' | undefined;
  /**
   * Time of modification: one time for all files, `keep` for the file's own time, or the file's own time but not after
   * `notAfter`.
   *
   * @default 1970-01-01T00:00:00Z
   */
  readonly time?: Date | 'keep' | { readonly notAfter: Date } | undefined;
  /**
   * Gets each entry and returns the entry to write. If it returns undefined, the file is left out, and so is everything in
   * it if it is a directory.
   */
  readonly entry?: ((entry: FileEntry) => FileEntry | undefined) | undefined;
  /** Whether a file with several names is written once with hard links, or once for each name. @default 'keep' */
  readonly hardLinks?: 'keep' | 'copy' | undefined;
}

/** Permissions of a file that is given as content and so has none of its own. */
const CONTENT_MODE = 0o644;

/** Makes the entry of a file as the options say. `stats` is undefined for a file that is given as content. */
export function entryOf(
  path: string,
  stats: BigIntStats | undefined,
  linkName: string,
  { owner = ROOT, mode = 'keep', time = EPOCH }: FileEntryOptions,
): FileEntry {
  const type = stats === undefined ? 'file' : typeOf(path, stats);
  const permissions = stats === undefined ? CONTENT_MODE : Number(stats.mode & 0o7777n);
  const source = stats ?? NO_STATS;
  return {
    path,
    type,
    // The permissions of a symbolic link have no effect, and differ between systems.
    mode: type === 'symlink' ? 0o777 : mode === 'keep' ? permissions : portable(permissions),
    uid: owner === 'keep' ? Number(source.uid) : owner.uid,
    gid: owner === 'keep' ? Number(source.gid) : owner.gid,
    time: timeOf(new Date(Number(source.mtimeNs / 1_000_000n)), time),
    linkName,
  };
}

const ROOT: Owner = { uid: 0, gid: 0 };
const EPOCH = new Date(0);
const NO_STATS = { uid: 0n, gid: 0n, mtimeNs: 0n };

function timeOf(modified: Date, wanted: NonNullable<FileEntryOptions['time']>): Date {
  if (wanted === 'keep') return modified;
  if (wanted instanceof Date) return wanted;
  return modified > wanted.notAfter ? wanted.notAfter : modified;
}

/** Copies the owner's read and execute bits to group and others. */
function portable(mode: number): number {
  const shared = (mode >> 6) & 0o5;
  return (mode & 0o7700) | (shared << 3) | shared;
}

function typeOf(path: string, stats: BigIntStats): FileType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character-device';
  if (stats.isBlockDevice()) return 'block-device';
  throw new UnsupportedError(`${JSON.stringify(path)} is a socket, which no layer can hold`, {
    hint: 'leave it out with `ignore`',
  });
}

/** Unpacks the major and minor number of a device, as Linux packs them. */
export function deviceNumbers({ rdev }: BigIntStats): {
  readonly deviceMajor: number;
  readonly deviceMinor: number;
} {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return { deviceMajor: Number(major), deviceMinor: Number(minor & 0xffffffffn) };
}
