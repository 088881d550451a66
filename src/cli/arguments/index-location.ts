import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type Location, parseLocation } from '../../crane/names/location.js';

/** Parses the location of an index. As in crane, the directory of a layout needs no prefix. */
export async function indexLocation(text: string): Promise<Location> {
  const location = parseLocation(text);
  return location.kind === 'docker' && (await isLayout(text)) ? { kind: 'path', path: text } : location;
}

async function isLayout(dir: string): Promise<boolean> {
  return stat(path.join(dir, 'oci-layout')).then(
    (found) => found.isFile(),
    () => false,
  );
}
