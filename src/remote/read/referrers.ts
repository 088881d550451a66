import { isContainerError } from '../../errors/base.js';
import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Hash, hashAlgorithm, hashHex } from '../../v1/hash.js';
import type { IndexManifest } from '../../v1/manifest.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import { parseIndexManifest } from '../../v1/documents/parse-manifest.js';
import { canonical, ociImageIndex } from '../../v1/types.js';
import type { Access } from '../connection/paths.js';
import { anyManifest, fetchManifest, type FetchedManifest } from './manifest.js';
import { hasStatus } from '../connection/not-found.js';
import type { ReferrersFilter } from '../connection/options.js';
import { pages } from '../list/pages.js';

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
  const responses = pages(session, {
    document: limits,
    first: `/v2/${repository.repositoryStr()}/referrers/${subject}${query}`,
    scopes: [repository.scope('pull')],
    accept: ociImageIndex,
    subject: name,
    maxPages: settings.maxPages,
    signal: options.signal,
  });
  const list = newList(filter);
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
        throw new TransportError(`${name}: page ${pagesRead + 1} is no index, so the list is not complete`);
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

/** What registries answer that have no API for referrers. */
const NO_API = [400, 404, 405, 406, 410, 415, 422, 501];

/** Undefined for what is no list of referrers, such as a web page or the answer of another API. */
function readPage(contentType: string | undefined, bytes: Uint8Array): IndexManifest | undefined {
  const declared = canonical(contentType ?? '');
  if (declared !== ociImageIndex && declared !== '' && !declared.endsWith('json')) return undefined;
  try {
    const page = parseIndexManifest(bytes);
    return declared === ociImageIndex || page.mediaType === ociImageIndex ? page : undefined;
  } catch (error) {
    // Under this type nothing but an index is sent: to take a damaged one for none would lose its referrers.
    if (isContainerError(error) && declared !== ociImageIndex) return undefined;
    throw error;
  }
}

interface List {
  add(bytes: Uint8Array, page: IndexManifest): void;
  /** One index; the very bytes if there was one page and nothing had to be left out. */
  bytes(): Uint8Array;
}

/** Puts pages together as they come: of the documents, only the first is kept. */
function newList({ artifactType = '' }: ReferrersFilter): List {
  const manifests: Descriptor[] = [];
  let first: { readonly bytes: Uint8Array; readonly page: IndexManifest } | undefined;
  let pagesAdded = 0;
  let seen = 0;
  return {
    add: (bytes, page) => {
      first ??= { bytes, page };
      pagesAdded += 1;
      seen += page.manifests.length;
      for (const referrer of page.manifests) {
        if (artifactType === '' || referrer.artifactType === artifactType) manifests.push(referrer);
      }
    },
    bytes: () => {
      if (first !== undefined && pagesAdded === 1 && manifests.length === seen) return first.bytes;
      return marshalIndexManifest({ ...(first?.page ?? noReferrers), manifests });
    },
  };
}

/** The referrers of one document that are wanted; the very bytes if they all are. */
export function filtered(bytes: Uint8Array, filter: ReferrersFilter): Uint8Array {
  const list = newList(filter);
  list.add(bytes, parseIndexManifest(bytes));
  return list.bytes();
}

/** What a fallback tag names: a list of referrers, nothing, or something that is not such a list. */
export type FallbackTag =
  | (FetchedManifest & { readonly kind: 'list'; readonly index: IndexManifest })
  | { readonly kind: 'none' | 'foreign' };

/**
 * Reads the fallback tag. Not everything under its name is a list of referrers: GitLab resolves `sha256-HEX` to the
 * manifest with that digest, and anybody may push an image under such a tag.
 */
export async function readFallbackTag(
  access: Access,
  subject: Hash,
  options: AbortOptions,
): Promise<FallbackTag> {
  const { settings, repository } = access;
  if (!settings.referrersTagFallback) {
    throw new UnsupportedError(`${repository.registryStr()} has no API for referrers`, {
      hint: 'allow `referrersTagFallback`',
    });
  }
  let fetched: FetchedManifest;
  try {
    fetched = await fetchManifest(access, fallbackTag(subject), {
      accept: anyManifest,
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof NotFoundError) return { kind: 'none' };
    if (error instanceof ManifestInvalidError) return { kind: 'foreign' };
    throw error;
  }
  const index = fetched.digest === subject ? undefined : listOfReferrers(fetched);
  return index === undefined ? { kind: 'foreign' } : { ...fetched, kind: 'list', index };
}

/** Undefined for what is no OCI index, and for an index of the platforms of an image. */
function listOfReferrers({ bytes, mediaType }: FetchedManifest): IndexManifest | undefined {
  if (mediaType !== ociImageIndex) return undefined;
  try {
    const index = parseIndexManifest(bytes, { mediaType });
    const { manifests } = index;
    const isImage = ({ platform, artifactType = '' }: Descriptor): boolean =>
      platform !== undefined && artifactType === '';
    return manifests.length > 0 && manifests.every(isImage) ? undefined : index;
  } catch (error) {
    if (isContainerError(error)) return undefined;
    throw error;
  }
}

/** What the fallback tag of a digest without referrers would name. */
export const noReferrers: IndexManifest = Object.freeze({
  schemaVersion: 2,
  mediaType: ociImageIndex,
  manifests: Object.freeze<Descriptor[]>([]),
});
