import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { encodeText } from '../tar/format/text.js';

/** The path of the root: the directory that is unpacked into. */
export const TOP = '';

/**
 * What the name of an entry requests. Paths are relative to the root, normalized, and without a slash at the end.
 */
export type UnpackStep =
  /** Creates a file, directory or link. */
  | { readonly kind: 'put'; readonly path: string }
  /** Removes a path that existed before. */
  | { readonly kind: 'remove'; readonly path: string }
  /** Removes the previous contents of a directory. */
  | { readonly kind: 'empty'; readonly path: string }
  /** Has no effect on the directory. */
  | { readonly kind: 'ignore' };

/**
 * The path of an entry, or of the target of a hard link.
 *
 * It is stricter than the merging of layers, which compares names only: on a disk `a/../b` is not `b` if `a` is a
 * link.
 *
 * @throws UnsafePathError if the path is absolute or contains `..`.
 */
export function plainPath(name: string): string {
  if (name.startsWith('/') || DRIVE.test(name)) throw outside(name);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw outside(name);
  return parts.join('/');
}

/**
 * Refuses names that Windows cannot represent, or interprets as a drive, a stream of a file or a device.
 *
 * @throws UnsafePathError if a part of the path is such a name.
 */
export function assertPortable(path: string): void {
  for (const part of path.split('/')) {
    if (part !== '' && (FORBIDDEN.test(part) || RESERVED.test(part) || /[. ]$/.test(part))) {
      throw new UnsafePathError(`unpack: ${JSON.stringify(path)} is not a valid name on all systems`, {
        hint: 'unpack it on Linux, without `portable`',
      });
    }
  }
}

/** The longest path on Linux, in bytes and with the zero byte at the end. Other systems allow less. */
const MAX_PATH = 4096;

/**
 * Refuses a path that is too long for every file system, before its parts are processed.
 *
 * @throws ArchiveInvalidError if the path is too long.
 */
export function assertLength(path: string): void {
  // UTF-8 has at most three bytes for each UTF-16 unit.
  const bytes = path.length * 3 < MAX_PATH ? 0 : encodeText(path).byteLength;
  if (bytes < MAX_PATH) return;
  throw new ArchiveInvalidError(
    `unpack: the path ${JSON.stringify(path.slice(0, 100))}... has ${bytes} bytes; no file system allows ${MAX_PATH} or more`,
  );
}

/**
 * Returns the same text for all names that some file system treats as equal: names that differ in case, or in how
 * Unicode composes a letter.
 */
export function foldName(path: string): string {
  return path.normalize('NFKD').toUpperCase().toLowerCase();
}

/** The parent directory of a path; the parent of the root is the root. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/**
 * Paths that lead out of every directory on Windows: `C:..`, `C:\x`, `C:/x`, `\\server`. Names of this form are
 * not found elsewhere.
 */
const DRIVE = /^(?:[a-z]:(?:[\\/]|\.\.|$)|\\\\)/i;

// eslint-disable-next-line no-control-regex -- the pattern must name control characters, because Windows allows none in file names
const FORBIDDEN = /[<>:"|?*\\\u0000-\u001f]/;

const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\..*)?$/i;

function outside(name: string): UnsafePathError {
  return new UnsafePathError(`unpack: the entry ${JSON.stringify(name)} lies outside the directory`);
}
