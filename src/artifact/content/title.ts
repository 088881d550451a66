import { posix } from 'node:path';
import { UnsafePathError } from '../../errors/invalid/path.js';
import { printable } from '../../internal/printable.js';
import { assertPortable, plainPath } from '../../internal/unpack/name.js';

/** The annotation with the name of a file. */
export const TITLE = 'org.opencontainers.image.title';
/** The annotation of a packed directory, whose value is `true`. */
export const UNPACK = 'io.deis.oras.content.unpack';
/** The annotation with the digest of a packed directory before its compression. */
export const CONTENT_DIGEST = 'io.deis.oras.content.digest';

/** The path of a title that names the directory of the pull itself. */
export const TOP_TITLE = '';

/**
 * The title of a file that is given by its path. It is the path as oras writes it. A path that is absolute or leads upwards
 * would be refused by every pull, so only its last part is used.
 */
export function titleFor(path: string): string {
  const withSlashes = process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
  const clean = posix.normalize(withSlashes).replace(/(?<=.)\/$/, '');
  const leadsOutside = clean.startsWith('/') || /^[a-z]:/i.test(clean) || /^\.\.(?:\/|$)/.test(clean);
  return leadsOutside ? posix.basename(posix.resolve('/', clean)) : clean;
}

/**
 * The path of a title below the directory of a pull, without `.` and repeated slashes. It is empty for a title that names
 * the directory itself, as a packed directory may.
 *
 * @throws UnsafePathError if the title is empty, absolute, leads upwards, or is not a name of a file on this system.
 */
export function titlePath(title: string): string {
  if (title === '' || title.includes('\0')) throw unsafe(title, 'is not the name of a file');
  let path: string;
  try {
    path = plainPath(title);
    if (process.platform === 'win32') assertPortable(path);
  } catch (error) {
    if (!(error instanceof UnsafePathError)) throw error;
    throw unsafe(title, 'leads out of the directory, or is not the name of a file', error);
  }
  return path;
}

function unsafe(title: string, problem: string, cause?: unknown): UnsafePathError {
  return new UnsafePathError(`artifact: the title "${printable(title)}" ${problem}`, { cause });
}
