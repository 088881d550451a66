import type { BigIntStats } from 'node:fs';
import { UnsupportedError } from '../../errors/unsupported.js';

export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'character-device' | 'block-device';

/** What a layer says of one file. */
export interface FileEntry {
  /** In the image, without a slash at either end. */
  readonly path: string;
  readonly type: FileType;
  /** Permissions, such as 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of the last modification; whole seconds count. */
  readonly time: Date;
  /** Where a symbolic link leads; empty for all else. */
  readonly linkName: string;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What the entries of files say; by default nothing that differs from machine to machine. */
export interface FileEntryOptions {
  /** Whom the files belong to; `keep` leaves them to whom they belong on this machine. @default root */
  readonly owner?: Owner | 'keep' | undefined;
  /**
   * Permissions. `portable` ones do not depend on the umask under which the files were made: what the owner may read,
   * everyone may, and what the owner may execute too; only the owner may write.
   *
   * @default 'keep'
   */
  readonly mode?: 'keep' | 'portable' | undefined;
  /** Of modification, for all files, or as they have it, or that but no later than. @default 1970-01-01T00:00:00Z */
  readonly time?: Date | 'keep' | { readonly notAfter: Date } | undefined;
  /**
   * Is shown each entry, and gives what is to be written instead; undefined leaves it out, and all that is in it.
   */
  readonly entry?: ((entry: FileEntry) => FileEntry | undefined) | undefined;
  /** Whether files with several names stay that, or become several files. @default 'keep' */
  readonly hardLinks?: 'keep' | 'copy' | undefined;
}

/** Permissions of a file that no file system has. */
const PLAIN_MODE = 0o644;

/** The entry of a file, as the options want it. */
export function entryOf(
  path: string,
  stats: BigIntStats | undefined,
  linkName: string,
  { owner = ROOT, mode = 'keep', time = EPOCH }: FileEntryOptions,
): FileEntry {
  const type = stats === undefined ? 'file' : typeOf(path, stats);
  const permissions = stats === undefined ? PLAIN_MODE : Number(stats.mode & 0o7777n);
  const known = stats ?? NO_STATS;
  return {
    path,
    type,
    // Those of a link mean nothing, and differ between systems.
    mode: type === 'symlink' ? 0o777 : mode === 'keep' ? permissions : portable(permissions),
    uid: owner === 'keep' ? Number(known.uid) : owner.uid,
    gid: owner === 'keep' ? Number(known.gid) : owner.gid,
    time: timeOf(new Date(Number(known.mtimeNs / 1_000_000n)), time),
    linkName,
  };
}

const ROOT: Owner = { uid: 0, gid: 0 };
const EPOCH = new Date(0);
const NO_STATS = { uid: 0n, gid: 0n, mtimeNs: 0n };

function timeOf(own: Date, wanted: NonNullable<FileEntryOptions['time']>): Date {
  if (wanted === 'keep') return own;
  if (wanted instanceof Date) return wanted;
  return own > wanted.notAfter ? wanted.notAfter : own;
}

/** The owner's permissions for everyone, but that to write. */
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

/** Major and minor number of a device, as Linux packs them. */
export function deviceNumbers({ rdev }: BigIntStats): {
  readonly deviceMajor: number;
  readonly deviceMinor: number;
} {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  return { deviceMajor: Number(major), deviceMinor: Number(minor & 0xffffffffn) };
}
