import type { Reference } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import type { Taggable } from './push/taggable.js';
import { newPusher } from './pusher.js';

/**
 * Pushes several images and indexes in parallel, `jobs` at a time. Content that they share is sent once: a blob that goes
 * to several repositories of a registry is mounted from the first one. The first failure stops the rest.
 *
 * @param entries - the references and what to push to them, for example a Map
 */
export async function multiWrite(
  entries: Iterable<readonly [Reference, Taggable]>,
  options: RemoteOptions = {},
): Promise<void> {
  return newPusher(options).multiWrite(entries, options);
}
