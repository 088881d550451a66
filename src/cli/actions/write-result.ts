import {
  type Location,
  parseLocation,
  parsePathLocation,
  type ImageLocation,
} from '../../crane/names/location.js';
import type { Pushed } from '../../crane/locations/pushed.js';
import { writeTo } from '../../crane/locations/write-to.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Cli } from '../context/cli.js';

/** Writes the result of a command to `--output`, or else to its target; then it prints the reference with the digest. */
export async function writeResult(
  cli: Cli,
  content: Image | ImageIndex,
  target: ImageLocation,
  flags: { readonly output?: string; readonly json?: boolean },
): Promise<void> {
  const to = typeof target === 'string' ? parseLocation(target) : target;
  if (flags.output === undefined) {
    await printPushed(cli, await writeTo(content, to, cli.options), flags, to);
    return;
  }
  const location = parsePathLocation(flags.output);
  await writeTo(content, await withTargetName(location, to, cli), cli.options);
}

/** Gives a saved image the name that it would be pushed under, unless the location has a tag. */
async function withTargetName(location: Location, target: Location, { options }: Cli): Promise<Location> {
  if (!('path' in location) || location.tag !== undefined) return location;
  if (target.kind !== 'docker') return 'tag' in target ? { ...location, tag: target.tag } : location;
  const { referenceOf } = await import('../../crane/names/options.js');
  const { withTag } = await import('../../crane/pulling/save.js');
  return { ...location, tag: withTag(referenceOf(target.reference, options)).toString() };
}

/** Prints what a command wrote as JSON, one object per line, if that was requested. By default such a command prints nothing. */
export async function printJson(
  cli: Cli,
  written: readonly Pushed[],
  flags: { readonly json?: boolean },
  to?: ImageLocation,
): Promise<void> {
  if (flags.json !== true) return;
  for (const one of written) await printPushed(cli, one, flags, to);
}

/** Prints what was pushed. If an archive was written to stdout, nothing may follow it, so nothing is printed. */
export async function printPushed(
  cli: Cli,
  { reference, digest, mediaType, size }: Pushed,
  flags: { readonly json?: boolean },
  to?: ImageLocation,
): Promise<void> {
  if (typeof to === 'object' && 'path' in to && to.path === '-') return;
  await cli.line(flags.json === true ? JSON.stringify({ reference, digest, mediaType, size }) : reference);
}
