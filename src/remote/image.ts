import type { Reference } from '../name/reference.js';
import type { Image } from '../v1/image.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';

/**
 * Opens an image in a registry. Fetches its manifest now; config and layers are fetched when they are needed. If the
 * reference names an index, it is the image for `platform`. Later requests use digests, so they fit together even if the
 * tag moves.
 *
 * @throws NotFoundError if the registry does not have it, or the index has no image for the platform.
 * @throws UnsupportedError for Docker's schema 1.
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/remote/image.go
 */
export async function image(reference: Reference, options: RemoteOptions = {}): Promise<Image> {
  return newPuller(options).image(reference, options);
}
