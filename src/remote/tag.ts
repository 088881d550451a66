import type { Tag } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import { put } from './push.js';
import type { Taggable } from './push/taggable.js';

/**
 * Makes a tag name something that is in the repository already, such as what `get` gave. One request.
 *
 * @throws {@link TransportError} if the registry misses something that the manifest lists.
 */
export async function tag(target: Tag, taggable: Taggable, options: RemoteOptions = {}): Promise<void> {
  return put(target, taggable, options);
}
