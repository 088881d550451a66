import type { Reference } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';
import type { RemoteDescriptor } from './read/remote-descriptor.js';

/**
 * Fetches the manifest that a reference names, whether it is an image, an index or an artifact. One request.
 *
 * The result is bound to its digest: a tag that moves later does not change it.
 *
 * @throws NotFoundError if the registry does not have it.
 */
export async function get(reference: Reference, options: RemoteOptions = {}): Promise<RemoteDescriptor> {
  return newPuller(options).get(reference, options);
}
