import {
  type Location,
  parseLocation,
  parsePathLocation,
  type Place,
} from '../../crane/locations/location.js';
import type { Pushed } from '../../crane/locations/push-from.js';
import { writeTo } from '../../crane/locations/write-to.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Cli } from '../context/cli.js';

/** Writes what a command made to `--output`, or to where it is to be and prints what it is there. */
export async function deliver(
  cli: Cli,
  content: Image | ImageIndex,
  target: Place,
  flags: { readonly output?: string; readonly json?: boolean },
): Promise<void> {
  const to = typeof target === 'string' ? parseLocation(target) : target;
  if (flags.output === undefined) {
    await printPushed(cli, await writeTo(content, to, cli.options), flags, to);
    return;
  }
  const place = parsePathLocation(flags.output);
  await writeTo(content, await named(place, to, cli), cli.options);
}

/** What is saved has the name that it would be pushed as, unless it is told another one. */
async function named(place: Location, target: Location, { options }: Cli): Promise<Location> {
  if (!('path' in place) || place.tag !== undefined) return place;
  if (target.kind !== 'docker') return 'tag' in target ? { ...place, tag: target.tag } : place;
  const { referenceOf } = await import('../../crane/locations/options.js');
  const { withTag } = await import('../../crane/pulling/save.js');
  return { ...place, tag: withTag(referenceOf(target.reference, options)).toString() };
}

/** Prints what was pushed, but nothing behind an archive that went to stdout. */
export async function printPushed(
  cli: Cli,
  { reference, digest, mediaType, size }: Pushed,
  flags: { readonly json?: boolean },
  to?: Place,
): Promise<void> {
  if (typeof to === 'object' && 'path' in to && to.path === '-') return;
  await cli.line(flags.json === true ? JSON.stringify({ reference, digest, mediaType, size }) : reference);
}
