import { isContainerError } from '../../errors/base.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Hash, hashAlgorithm, hashHex, sha256Bytes } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { IndexManifest } from '../../v1/manifest.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import { decodeIndexManifest } from '../../v1/documents/decode-manifest.js';
import { canonical, ociImageIndex } from '../../v1/types.js';
import type { RepositoryReader } from '../connection/connection.js';
import { indexOf } from './image.js';
import { anyManifest, fetchManifest, type FetchedManifest } from './manifest.js';
import { hasStatus } from '../connection/not-found.js';
import type { ReferrersFilter } from '../connection/options.js';
import { pages } from '../list/pages.js';

/** The statuses that registries without an API for referrers send. */
const NO_API = [400, 404, 405, 406, 410, 415, 422, 501];

/** The list that the fallback tag of a digest without referrers would name. */
export const noReferrers: IndexManifest = Object.freeze({
  schemaVersion: 2,
  mediaType: ociImageIndex,
  manifests: Object.freeze<Descriptor[]>([]),
});

/** The content of a fallback tag: a list of referrers, nothing, or something other than a list of referrers. */
export type FallbackTag =
  | (FetchedManifest & { readonly kind: 'list'; readonly index: IndexManifest })
  | { readonly kind: 'none' | 'foreign' };

/** The referrers of a manifest as an index: from the registry's API, or else from the fallback tag. */
export async function listReferrers(
  reader: RepositoryReader,
  subject: Hash,
  filter: ReferrersFilter,
  options: AbortOptions,
): Promise<ImageIndex> {
  const bytes =
    (await referrersByApi(reader, subject, filter, options)) ??
    filtered(listedBy(await readFallbackTag(reader, subject, options)), filter);
  const digest = sha256Bytes(bytes);
  const descriptor = { mediaType: ociImageIndex, digest, size: bytes.byteLength };
  const manifest = { mediaType: ociImageIndex, digest, bytes, headers: {}, descriptor };
  return indexOf(reader, manifest, reader.settings.platform);
}

/**
 * All referrers of a digest from the registry's API, joined from all of its pages. Undefined if the registry has no
 * such API: it sends an error, or something that is not an index.
 */
export async function referrersByApi(
  reader: RepositoryReader,
  subject: Hash,
  filter: ReferrersFilter,
  options: AbortOptions,
): Promise<Uint8Array | undefined> {
  const { session, repository, settings } = reader;
  const name = `referrers of ${repository.name()}@${subject}`;
  const { artifactType = '' } = filter;
  const query = artifactType === '' ? '' : `?${new URLSearchParams({ artifactType }).toString()}`;
  const limits = { maxBytes: settings.maxManifestBytes, option: 'maxManifestBytes', subject: name };
  const responses = pages(session, {
    document: limits,
    first: `/v2/${repository.repositoryStr()}/referrers/${subject}${query}`,
    scopes: [repository.scope('pull')],
    accept: ociImageIndex,
    subject: name,
    maxPages: settings.maxPages,
    signal: options.signal,
  });
  const list = new ReferrersList(filter);
  let pagesRead = 0;
  let total = 0;
  try {
    for await (const { headers, body } of responses) {
      const bytes = await collect(body, limits);
      total += bytes.byteLength;
      if (total > settings.maxListBytes)
        throw new LimitExceededError(`${name} in bytes`, settings.maxListBytes, 'maxListBytes');
      const page = readPage(headers['content-type'], bytes);
      if (page === undefined) {
        if (pagesRead === 0) return undefined;
        throw new TransportError(`${name}: page ${pagesRead + 1} is not an index, so the list is incomplete`);
      }
      list.add(bytes, page);
      pagesRead += 1;
    }
  } catch (error) {
    if (pagesRead === 0 && hasStatus(error, ...NO_API)) return undefined;
    throw error;
  }
  return list.bytes();
}

/** Undefined for anything but a list of referrers, such as a web page or the response of another API. */
function readPage(contentType: string | undefined, bytes: Uint8Array): IndexManifest | undefined {
  const declared = canonical(contentType ?? '');
  if (declared !== ociImageIndex && declared !== '' && !declared.endsWith('json')) return undefined;
  try {
    const page = decodeIndexManifest(bytes);
    return declared === ociImageIndex || page.mediaType === ociImageIndex ? page : undefined;
  } catch (error) {
    // With this type, it is a damaged index: its referrers would be lost if it counted as a missing API.
    if (isContainerError(error) && declared !== ociImageIndex) return undefined;
    throw error;
  }
}

/** The tag that lists the referrers of a digest if the registry has no API for them. */
export function fallbackTag(subject: Hash): string {
  return `${hashAlgorithm(subject)}-${hashHex(subject)}`;
}

/**
 * Reads the fallback tag. Its content need not be a list of referrers: GitLab resolves `sha256-HEX` to the manifest
 * with that digest, and anybody may push an image under such a tag.
 */
export async function readFallbackTag(
  reader: RepositoryReader,
  subject: Hash,
  options: AbortOptions,
): Promise<FallbackTag> {
  const { settings, repository } = reader;
  if (!settings.referrersTagFallback) {
    throw new UnsupportedError(`${repository.registryStr()} has no API for referrers`, {
      hint: 'allow `referrersTagFallback`',
    });
  }
  let fetched: FetchedManifest;
  try {
    fetched = await fetchManifest(reader, fallbackTag(subject), {
      accept: anyManifest,
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof NotFoundError) return { kind: 'none' };
    if (error instanceof ManifestInvalidError) return { kind: 'foreign' };
    throw error;
  }
  const index = fetched.digest === subject ? undefined : parseReferrersList(fetched);
  return index === undefined ? { kind: 'foreign' } : { ...fetched, kind: 'list', index };
}

/** Undefined for anything but an OCI index, and for an index of images for platforms. */
function parseReferrersList({ bytes, mediaType }: FetchedManifest): IndexManifest | undefined {
  if (mediaType !== ociImageIndex) return undefined;
  try {
    const index = decodeIndexManifest(bytes, { mediaType });
    const { manifests } = index;
    const isImage = ({ platform, artifactType = '' }: Descriptor): boolean =>
      platform !== undefined && artifactType === '';
    return manifests.length > 0 && manifests.every(isImage) ? undefined : index;
  } catch (error) {
    if (isContainerError(error)) return undefined;
    throw error;
  }
}

/** The bytes of the list under a fallback tag, or of an empty list. */
function listedBy(tag: FallbackTag): Uint8Array {
  return tag.kind === 'list' ? tag.bytes : marshalIndexManifest(noReferrers);
}

/** The bytes of a list without the referrers that the filter excludes. Unchanged if it excludes none. */
function filtered(bytes: Uint8Array, filter: ReferrersFilter): Uint8Array {
  const list = new ReferrersList(filter);
  list.add(bytes, decodeIndexManifest(bytes));
  return list.bytes();
}

/** Joins pages of referrers. It keeps the bytes of the first page only. */
class ReferrersList {
  readonly #artifactType: string;
  readonly #manifests: Descriptor[] = [];
  #first: { readonly bytes: Uint8Array; readonly page: IndexManifest } | undefined;
  #pages = 0;
  #total = 0;

  constructor({ artifactType = '' }: ReferrersFilter) {
    this.#artifactType = artifactType;
  }

  add(bytes: Uint8Array, page: IndexManifest): void {
    this.#first ??= { bytes, page };
    this.#pages += 1;
    this.#total += page.manifests.length;
    for (const referrer of page.manifests) {
      if (this.#artifactType === '' || referrer.artifactType === this.#artifactType)
        this.#manifests.push(referrer);
    }
  }

  /** One index: the exact bytes of the registry if there was one page and no referrer was left out. */
  bytes(): Uint8Array {
    const manifests = this.#manifests;
    if (this.#first !== undefined && this.#pages === 1 && manifests.length === this.#total)
      return this.#first.bytes;
    return marshalIndexManifest({ ...(this.#first?.page ?? noReferrers), manifests });
  }
}
