import type { Reference } from '../name/reference.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';

/**
 * Asks what a reference names, without its bytes: media type, size and digest, as the registry reports them. One
 * request by HEAD; a second one by GET if the response to HEAD lacks any of these, or fails.
 *
 * @throws NotFoundError if the registry does not have it.
 */
export async function head(reference: Reference, options: RemoteOptions = {}): Promise<Descriptor> {
  return newPuller(options).head(reference, options);
}
