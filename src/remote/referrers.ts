import type { AbortOptions } from '../internal/async/abort.js';
import type { Digest } from '../name/reference.js';
import { newHash, sha256Bytes } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import { ociImageIndex } from '../v1/types.js';
import { connect, type Connections } from './connection/connection.js';
import {
  type FallbackTag,
  filtered,
  noReferrers,
  readFallbackTag,
  referrersByApi,
} from './read/referrers.js';
import type { ReferrersFilter, RemoteOptions } from './connection/options.js';
import { indexOf } from './read/image.js';

/**
 * Lists what refers to a manifest by its `subject`, such as signatures and attestations, as an index:
 * empty if nothing does. Asks the registry's API, or else the fallback tag. With `filter`, only
 * referrers of that artifact type. A fallback tag that names something else than a list of referrers lists none.
 *
 * @throws {@link UnsupportedError} if there is no API and the fallback tag is not allowed.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function referrers(subject: Digest, options: RemoteOptions = {}): Promise<ImageIndex> {
  return referrersWith(connect(options), subject, options);
}

export async function referrersWith(
  connections: Connections,
  subject: Digest,
  options: AbortOptions & { readonly filter?: ReferrersFilter | undefined } = {},
): Promise<ImageIndex> {
  const access = await connections.access(subject.context(), options);
  const { settings } = access;
  const filter = options.filter ?? settings.filter;
  const digest = newHash(subject.digestStr());
  const bytes =
    (await referrersByApi(access, digest, filter, options)) ??
    filtered(listed(await readFallbackTag(access, digest, options)), filter);
  const own = { mediaType: ociImageIndex, digest: sha256Bytes(bytes), bytes, headers: {} };
  const descriptor = { mediaType: ociImageIndex, digest: own.digest, size: bytes.byteLength };
  return indexOf(access, { ...own, descriptor }, settings.platform);
}

/** The bytes of the list under a fallback tag; of an empty one if there is none. */
function listed(tag: FallbackTag): Uint8Array {
  return tag.kind === 'list' ? tag.bytes : marshalIndexManifest(noReferrers);
}
