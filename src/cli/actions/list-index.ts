import { manifestsOf } from '../../crane/locations/manifests-of.js';
import { platformToString } from '../../v1/platform.js';
import type { Cli } from '../context/cli.js';
import { indexLocation } from '../arguments/index-location.js';
import { table } from '../terminal/table.js';

/** Prints a row for each manifest of an index. */
export async function listIndex(
  cli: Cli,
  reference: string,
  flags: { readonly json?: boolean },
): Promise<void> {
  const descriptors = await manifestsOf(await indexLocation(reference), cli.options);
  if (flags.json === true) {
    for (const descriptor of descriptors) await cli.line(JSON.stringify(descriptor));
    return;
  }
  const rows = descriptors.map(({ digest, mediaType, platform }) => [
    digest,
    mediaType,
    platform === undefined ? '' : platformToString(platform),
  ]);
  for (const line of table([['DIGEST', 'MEDIA TYPE', 'PLATFORM'], ...rows])) await cli.line(line);
}
