import type { Found } from '../../crane/locations/find.js';
import { isIndex } from '../../v1/types.js';
import type { Cli } from '../context/cli.js';

/** The platforms for a command that can write an index; undefined if `--platform` names one platform or is missing. */
export function indexPlatforms({ platforms }: Pick<Cli, 'platforms'>): readonly string[] | 'all' | undefined {
  if (platforms.includes('all')) return 'all';
  return platforms.length > 1 ? platforms : undefined;
}

/**
 * Warns if the result of an index is only one image, and the user may not expect it: because there is no `--platform`, or
 * because the image replaces the index under its tag.
 */
export function warnOfOneImage(cli: Cli, subject: string, found: Found, replaces: boolean): void {
  if (!isIndex(found.mediaType) || indexPlatforms(cli) !== undefined) return;
  if (cli.platform !== undefined && !replaces) return;
  const loss = replaces ? ', which replaces the index' : '';
  cli.warn(
    `${subject} is an index; the result is only the image for ${cli.platform ?? 'linux/amd64'}${loss}; ` +
      `give --platform all to change all its images`,
  );
}
