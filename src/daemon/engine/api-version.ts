import { UnsupportedError } from '../../errors/unsupported.js';
import { printable } from '../../internal/printable.js';

/** The newest version of the API that this code knows. */
export const NEWEST_API = '1.51';

/** The oldest version that this code can use. Docker 1.12 has it, and it is the oldest that podman's service has. */
const OLDEST_API = '1.24';

/** Whether a version is the same as another one, or later. */
export function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Whether the text has the form of a version, such as `1.44`. */
export function isApiVersion(version: string): boolean {
  return /^\d{1,3}\.\d{1,4}$/.test(version);
}

/**
 * The newest version that both the daemon and this code know.
 *
 * @throws UnsupportedError if the daemon's newest version is too old, or not a version.
 */
export function commonVersion(theirs: string, host: string): string {
  if (!isApiVersion(theirs) || !isAtLeast(theirs, OLDEST_API)) {
    throw new UnsupportedError(
      `daemon ${host}: it supports version ${printable(theirs, 40)} of the API, and ${OLDEST_API} is the oldest that can be used`,
      { hint: 'update the daemon' },
    );
  }
  return isAtLeast(theirs, NEWEST_API) ? NEWEST_API : theirs;
}
