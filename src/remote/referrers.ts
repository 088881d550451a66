import type { Digest } from '../name/reference.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { RemoteOptions } from './connection/options.js';
import { newPuller } from './puller.js';

/**
 * Lists the manifests that refer to a manifest by their `subject`, such as signatures and attestations, as an index. The
 * index is empty if there are none. With `filter`, it has only the referrers of that artifact type.
 *
 * They come from the registry's API, or else from the fallback tag. If that tag names something other than a list of
 * referrers, the index is empty.
 *
 * @throws UnsupportedError if the registry has no API and `referrersTagFallback` is false.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function referrers(subject: Digest, options: RemoteOptions = {}): Promise<ImageIndex> {
  return newPuller(options).referrers(subject, options);
}
