import { NotFoundError } from '../errors/not-found.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/abort.js';
import { collect } from '../internal/collect.js';
import { discard } from '../transport/read-capped.js';
import type { Descriptor } from '../v1/descriptor.js';
import { type Hash, hashAlgorithm, hashHex } from '../v1/hash.js';
import type { IndexManifest } from '../v1/manifest.js';
import { marshalIndexManifest } from '../v1/marshal.js';
import { parseIndexManifest } from '../v1/parse-manifest.js';
import { canonical, ociImageIndex } from '../v1/types.js';
import type { Access } from './access.js';
import { anyIndex, fetchManifest, type FetchedManifest } from './fetch-manifest.js';
import { hasStatus } from './not-found.js';
import type { ReferrersFilter } from './options.js';
import { pages } from './pages.js';

/** Where the referrers of a digest are listed if the registry has no API for them. */
export function fallbackTag(subject: Hash): string {
  return `${hashAlgorithm(subject)}-${hashHex(subject)}`;
}

/**
 * All referrers of a digest by the registry's API, page after page. Undefined if it has none: it
 * answers with an error, or with something that is no index.
 */
export async function referrersByApi(
  access: Access,
  subject: Hash,
  filter: ReferrersFilter,
  options: AbortOptions,
): Promise<Uint8Array | undefined> {
  const { session, repository, settings } = access;
  const name = `referrers of ${repository.name()}@${subject}`;
  const { artifactType = '' } = filter;
  const query = artifactType === '' ? '' : `?${new URLSearchParams({ artifactType }).toString()}`;
  const limits = { maxBytes: settings.maxManifestBytes, option: 'maxManifestBytes', subject: name };
  const answers = pages(session, {
    document: limits,
    first: `/v2/${repository.repositoryStr()}/referrers/${subject}${query}`,
    scopes: [repository.scope('pull')],
    accept: ociImageIndex,
    subject: name,
    maxPages: settings.maxPages,
    signal: options.signal,
  });
  const found: Uint8Array[] = [];
  try {
    for await (const { headers, body } of answers) {
      if (canonical(headers['content-type'] ?? '') !== ociImageIndex) {
        discard(body);
        return undefined;
      }
      found.push(await collect(body, limits));
    }
  } catch (error) {
    if (found.length === 0 && hasStatus(error, 400, 404, 405, 406, 501)) return undefined;
    throw error;
  }
  return merged(found, filter);
}

/** One index of several; the very bytes if there is one and nothing has to be left out. */
export function merged(documents: readonly Uint8Array[], { artifactType = '' }: ReferrersFilter): Uint8Array {
  const parsed = documents.map((bytes) => parseIndexManifest(bytes));
  const all = parsed.flatMap(({ manifests }) => manifests);
  const wanted = all.filter((referrer) => artifactType === '' || referrer.artifactType === artifactType);
  const [only] = documents;
  if (only !== undefined && documents.length === 1 && wanted.length === all.length) return only;
  return marshalIndexManifest({ ...(parsed[0] ?? noReferrers), manifests: wanted });
}

/** The fallback tag's index, if there is one. */
export async function fallbackIndex(
  access: Access,
  subject: Hash,
  options: AbortOptions,
): Promise<(FetchedManifest & { readonly index: IndexManifest }) | undefined> {
  const { settings, repository } = access;
  if (!settings.referrersTagFallback) {
    throw new UnsupportedError(`${repository.registryStr()} has no API for referrers`, {
      hint: 'allow `referrersTagFallback`',
    });
  }
  try {
    const fetched = await fetchManifest(access, fallbackTag(subject), {
      accept: anyIndex,
      signal: options.signal,
    });
    return { ...fetched, index: parseIndexManifest(fetched.bytes, { mediaType: fetched.mediaType }) };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** What the fallback tag of a digest without referrers would name. */
export const noReferrers: IndexManifest = Object.freeze({
  schemaVersion: 2,
  mediaType: ociImageIndex,
  manifests: Object.freeze<Descriptor[]>([]),
});
