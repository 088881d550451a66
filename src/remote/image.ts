import type { Reference } from '../name/reference.js';
import type { Image } from '../v1/image.js';
import { connect, type Connections } from './connection/connection.js';
import { getWith } from './get.js';
import type { RemoteOptions } from './connection/options.js';

/**
 * Opens an image in a registry. Its manifest is fetched now, config and layers when they are
 * asked for; for an index, the image for `platform` is chosen. Later reads go by digest, so they belong
 * together even if the tag moves.
 *
 * @throws {@link NotFoundError} if the registry does not have it, or the index has none for the platform.
 * @throws {@link UnsupportedError} for Docker's schema 1.
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/remote/image.go
 */
export async function image(reference: Reference, options: RemoteOptions = {}): Promise<Image> {
  return imageWith(connect(options), reference, options);
}

export async function imageWith(
  connections: Connections,
  reference: Reference,
  options: Pick<RemoteOptions, 'platform' | 'signal'> = {},
): Promise<Image> {
  return (await getWith(connections, reference, options)).image(options);
}
