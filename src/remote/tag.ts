import type { Tag } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import type { Taggable } from './push/taggable.js';
import { newPusher } from './pusher.js';

/**
 * Gives something that exists in the repository, such as the result of `get`, another tag. One request.
 *
 * @throws TransportError if the registry lacks something that the manifest lists.
 */
export async function tag(target: Tag, taggable: Taggable, options: RemoteOptions = {}): Promise<void> {
  return newPusher(options).tag(target, taggable, options);
}
