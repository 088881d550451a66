import type { Reference } from '../name/reference.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';

/**
 * Opens an index, or manifest list, in a registry. Fetches its manifest now; its children are fetched when they are
 * needed. If a child is an index itself and is read as an image, `platform` chooses the image.
 *
 * @throws NotFoundError if the registry does not have it.
 * @throws UnsupportedError if it is an image.
 */
export async function index(reference: Reference, options: RemoteOptions = {}): Promise<ImageIndex> {
  return newPuller(options).index(reference, options);
}
