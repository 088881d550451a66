import { UnsupportedError } from '../../errors/unsupported.js';
import { printable } from '../../internal/printable.js';

/** Newest version of the API that this code knows. */
export const NEWEST_API = '1.51';

/** Oldest that it can use: what Docker 1.12 speaks, and the oldest that podman's service does. */
const OLDEST_API = '1.24';

/** Whether a version is at least another one. */
export function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Whether it looks like `1.44`. */
export function isApiVersion(version: string): boolean {
  return /^\d{1,3}\.\d{1,4}$/.test(version);
}

/**
 * The newest version that both sides know.
 *
 * @throws {@link UnsupportedError} if there is none.
 */
export function commonVersion(theirs: string, host: string): string {
  if (!isApiVersion(theirs) || !isAtLeast(theirs, OLDEST_API)) {
    throw new UnsupportedError(
      `daemon ${host}: it speaks version ${printable(theirs, 40)} of the API, and ${OLDEST_API} is the oldest that can be used`,
      { hint: 'update Docker there' },
    );
  }
  return isAtLeast(theirs, NEWEST_API) ? NEWEST_API : theirs;
}
