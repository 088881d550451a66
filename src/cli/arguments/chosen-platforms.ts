import type { Found } from '../../crane/locations/find.js';
import { isIndex } from '../../v1/types.js';
import type { Cli } from '../context/cli.js';

/** What `--platform` asks for where an index may stay one; undefined where one platform, or none, was asked for. */
export function indexPlatforms({ platforms }: Pick<Cli, 'platforms'>): readonly string[] | 'all' | undefined {
  if (platforms.includes('all')) return 'all';
  return platforms.length > 1 ? platforms : undefined;
}

/**
 * Warns where one image is made of an index and nobody said so: without `--platform`, or because the tag that holds the
 * index will hold the image.
 */
export function warnOfOneImage(cli: Cli, subject: string, found: Found, replaces: boolean): void {
  if (!isIndex(found.mediaType) || indexPlatforms(cli) !== undefined) return;
  if (cli.platform !== undefined && !replaces) return;
  const loss = replaces ? ', which takes the place of the index' : '';
  cli.warn(
    `${subject} is an index; the result is the image for ${cli.platform ?? 'linux/amd64'} alone${loss}; ` +
      `give --platform all to change all its images`,
  );
}
