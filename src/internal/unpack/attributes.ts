import { constants } from 'node:fs';

import {
  closeAsync,
  fchmodAsync,
  fchownAsync,
  futimesAsync,
  lchownAsync,
  lutimesAsync,
  openAsync,
} from '../files/descriptors.js';
import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { errorCode } from '../error-code.js';
import { fileSystemError } from '../files/open-file.js';
import type { TarHeader } from '../tar/format/header.js';
import type { DiskPath } from './path.js';

/** The attributes of a file besides its content. */
export interface FileAttributes {
  readonly mode: number;
  /** Seconds since 1970. @default the time of unpacking */
  readonly mtime?: number | undefined;
  readonly owner?: Owner | undefined;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The attributes of parent directories that have no entry of their own. */
export const IMPLIED_ATTRIBUTES: FileAttributes = { mode: 0o755 };

const SET_ID = 0o6000;

/** -1 as an unsigned number, which `chown` takes for "no change". */
const UNCHANGED_ID = 0xffff_ffff;

export interface AttributeRules {
  readonly keepOwners: boolean;
  readonly keepPrivileges: boolean;
}

export function attributesOf(header: TarHeader, rules: AttributeRules): FileAttributes {
  const { name, mode, mtime, uid, gid } = header;
  if (rules.keepOwners && ![uid, gid].every((id) => id >= 0 && id < UNCHANGED_ID)) {
    throw new ArchiveInvalidError(`unpack: ${JSON.stringify(name)} has an owner that no system has`);
  }
  const kept = dropsPrivileges(header, rules) ? mode & ~SET_ID : mode;
  return { mode: kept & 0o7777, mtime, ...(rules.keepOwners && { owner: { uid, gid } }) };
}

/**
 * Whether an entry loses its set-user and set-group bits. Directories keep them: there they pass on a group, which
 * gives nobody any privilege.
 */
export function dropsPrivileges(
  { type, mode }: Pick<TarHeader, 'type' | 'mode'>,
  { keepPrivileges }: AttributeRules,
): boolean {
  return type === 'file' && !keepPrivileges && (mode & SET_ID) !== 0;
}

/**
 * Sets the attributes of an open file or directory. The owner comes first, because `chown` clears bits of the
 * mode.
 */
export async function setAttributes(fd: number, { mode, mtime, owner }: FileAttributes): Promise<void> {
  if (owner !== undefined) await changeOwner(owner, fchownAsync(fd, owner.uid, owner.gid));
  await fchmodAsync(fd, mode);
  if (mtime !== undefined) await futimesAsync(fd, timestamp(mtime), timestamp(mtime));
}

/** In a user namespace, or in a container without the privilege, root cannot give files to every owner. */
async function changeOwner({ uid, gid }: Owner, change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!['EINVAL', 'EPERM'].includes(errorCode(error))) throw error;
    throw new UnsupportedError(`unpack: files cannot be given to the owner ${uid}:${gid} here`, {
      cause: error,
      hint: 'give all files to the caller, with `keepOwners: false`',
    });
  }
}

export async function setLinkAttributes(
  path: DiskPath,
  { mtime, owner }: Omit<FileAttributes, 'mode'>,
): Promise<void> {
  if (owner !== undefined) await changeOwner(owner, lchownAsync(path, owner.uid, owner.gid));
  if (mtime !== undefined) await lutimesAsync(path, timestamp(mtime), timestamp(mtime));
}

export async function setDirectoryAttributes(path: DiskPath, attributes: FileAttributes): Promise<void> {
  try {
    // Windows cannot open directories, and has no modes.
    if (process.platform === 'win32') {
      await setLinkAttributes(path, { mtime: attributes.mtime });
      return;
    }
    const fd = await openAsync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      await setAttributes(fd, attributes);
    } finally {
      await closeAsync(fd);
    }
  } catch (error) {
    throw fileSystemError('set the attributes of', String(path), error);
  }
}

/**
 * Node treats a negative number as the present, but not a negative Date. No file system stores times beyond the
 * range of Date.
 */
function timestamp(seconds: number): number | Date {
  const bounded = Math.max(-MAX_SECONDS, Math.min(MAX_SECONDS, seconds));
  return bounded < 0 ? new Date(Math.floor(bounded * 1000)) : bounded;
}

const MAX_SECONDS = 8.64e12;
