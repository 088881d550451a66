import type { Reference } from '../name/reference.js';
import type { ImageIndex } from '../v1/image-index.js';
import { connect, type Connections } from './connection/connection.js';
import { anyIndex, fetchManifest } from './read/manifest.js';
import { descriptorOf } from './read/manifest-descriptor.js';
import type { RemoteOptions } from './connection/options.js';
import { indexOf, requireIndex } from './read/image.js';

/**
 * Opens an index, or manifest list, in a registry. Its manifest is fetched now, its children when they are
 * asked for. A child that is an index itself and is asked for as an image is the one for `platform`.
 *
 * @throws {@link NotFoundError} if the registry does not have it.
 * @throws {@link UnsupportedError} if it is an image.
 */
export async function index(reference: Reference, options: RemoteOptions = {}): Promise<ImageIndex> {
  return indexWith(connect(options), reference, options);
}

export async function indexWith(
  connections: Connections,
  reference: Reference,
  options: Pick<RemoteOptions, 'platform' | 'signal'> = {},
): Promise<ImageIndex> {
  const access = await connections.access(reference.context(), options);
  const fetched = await fetchManifest(access, reference.identifier(), {
    accept: anyIndex,
    signal: options.signal,
  });
  requireIndex(access, fetched);
  return indexOf(
    access,
    { ...fetched, descriptor: descriptorOf(fetched) },
    options.platform ?? access.settings.platform,
  );
}
