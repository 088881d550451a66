import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { encodeText } from '../tar/format/text.js';

/** The directory that is unpacked into, as its own entry is named here. */
export const TOP = '';

/** What an entry asks for, by its name. Paths are relative to the top, clean, and without a slash at the end. */
export type UnpackStep =
  /** Something is to be there. */
  | { readonly kind: 'put'; readonly path: string }
  /** What was there before is to go. */
  | { readonly kind: 'remove'; readonly path: string }
  /** What was in a directory before is to go. */
  | { readonly kind: 'empty'; readonly path: string }
  /** Nothing that anyone should see. */
  | { readonly kind: 'ignore' };

/**
 * The path of an entry, or of the target of a hard link.
 *
 * Stricter than the merging of layers, which knows names only: on a disk `a/../b` is not `b` if `a` is a link.
 *
 * @throws {@link UnsafePathError} if it is absolute, or has `..` in it.
 */
export function plainPath(name: string): string {
  if (name.startsWith('/') || DRIVE.test(name)) throw outside(name);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw outside(name);
  return parts.join('/');
}

/**
 * Refuses names that Windows cannot have, or takes for something else: a drive, a stream of a file, a device.
 *
 * @throws {@link UnsafePathError}
 */
export function assertPortable(path: string): void {
  for (const part of path.split('/')) {
    if (part !== '' && (FORBIDDEN.test(part) || RESERVED.test(part) || /[. ]$/.test(part))) {
      throw new UnsafePathError(`unpack: ${JSON.stringify(path)} is no name for all systems`, {
        hint: 'unpack it on Linux, without `portable`',
      });
    }
  }
}

/** What the file systems of Linux take, with the zero byte at the end; the others take less. */
const MAX_PATH = 4096;

/**
 * Refuses a path that no file system takes, before any work goes into its parts.
 *
 * @throws {@link ArchiveInvalidError}
 */
export function assertLength(path: string): void {
  // A character has at most three bytes for each unit of a string.
  const bytes = path.length * 3 < MAX_PATH ? 0 : encodeText(path).byteLength;
  if (bytes < MAX_PATH) return;
  throw new ArchiveInvalidError(
    `unpack: the path ${JSON.stringify(path.slice(0, 100))}... has ${bytes} bytes; no file system takes ${MAX_PATH} or more`,
  );
}

/** The same for all names that some file system takes for one: case and Unicode's ways to write a letter differ. */
export function foldName(path: string): string {
  return path.normalize('NFKD').toUpperCase().toLowerCase();
}

/** The directory that a path lies in; that of the top is the top. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** What leads out of any directory on Windows, and is found nowhere else: `C:..`, `C:\x`, `C:/x`, `\\server`. */
const DRIVE = /^(?:[a-z]:(?:[\\/]|\.\.|$)|\\\\)/i;

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[<>:"|?*\\\u0000-\u001f]/;

const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?$/i;

function outside(name: string): UnsafePathError {
  return new UnsafePathError(`unpack: the entry ${JSON.stringify(name)} lies outside the directory`);
}
