import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { checkBytes } from '../../internal/streams/verify.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Hash, newHash, sha256Bytes } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';
import {
  dockerManifestList,
  dockerManifestSchema1,
  dockerManifestSchema1Signed,
  dockerManifestSchema2,
  ociImageIndex,
  ociManifestSchema1,
} from '../../v1/types.js';
import type { RepositoryReader } from '../connection/connection.js';
import { manifestName, manifestPath } from '../connection/paths.js';
import { manifestType } from '../../v1/documents/manifest-type.js';
import { orNotFound } from '../connection/not-found.js';
import { looksLikeHtml, unexpectedResponse } from '../connection/unexpected-response.js';

/** In GGCR's order, so that registries that convert manifests choose the same type. */
export const anyManifest: readonly MediaType[] = [
  dockerManifestSchema1,
  dockerManifestSchema1Signed,
  dockerManifestSchema2,
  ociManifestSchema1,
  dockerManifestList,
  ociImageIndex,
];
export const anyIndex: readonly MediaType[] = [dockerManifestList, ociImageIndex];

export interface FetchManifestOptions extends AbortOptions {
  /** The types of manifests to ask for. @default all */
  readonly accept?: readonly MediaType[] | undefined;
}

export interface FetchedManifest {
  readonly mediaType: MediaType;
  readonly digest: Hash;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Fetches a manifest by tag or digest. A manifest fetched by digest is checked against it. For a tag the digest is
 * computed, and compared with the one in the response only with `verifyTagDigest`.
 *
 * @throws NotFoundError if the registry does not have it.
 */
export async function fetchManifest(
  reader: RepositoryReader,
  identifier: string,
  options: FetchManifestOptions = {},
): Promise<FetchedManifest> {
  const { session, repository, settings } = reader;
  const subject = manifestName(repository, identifier);
  const limits = { maxBytes: settings.maxManifestBytes, option: 'maxManifestBytes', subject };
  const response = await orNotFound(
    subject,
    session.request({
      method: 'GET',
      target: manifestPath(repository, identifier),
      scopes: [repository.scope('pull')],
      headers: { accept: (options.accept ?? anyManifest).join(',') },
      expect: [200],
      document: limits,
      signal: options.signal,
    }),
  );
  const bytes = await collect(response.body, limits);
  const contentType = response.headers['content-type'];
  if (looksLikeHtml(contentType, bytes))
    throw unexpectedResponse(subject, 'a web page instead of a manifest', bytes);
  const digest = checkDigest(
    reader,
    identifier,
    bytes,
    response.headers['docker-content-digest'],
    contentType,
  );
  return {
    mediaType: manifestType(subject, contentType, bytes),
    digest,
    bytes,
    headers: response.headers,
  };
}

/** Fetches the manifest behind a descriptor, and checks its size, too. */
export async function fetchChild(
  reader: RepositoryReader,
  child: Descriptor,
  options?: AbortOptions,
): Promise<FetchedManifest> {
  const fetched = await fetchManifest(reader, child.digest, options);
  checkBytes(manifestName(reader.repository, child.digest), fetched.bytes, child);
  return fetched;
}

function checkDigest(
  { repository, settings }: RepositoryReader,
  identifier: string,
  bytes: Uint8Array,
  reportedDigest: string | undefined,
  contentType: string | undefined,
): Hash {
  const subject = manifestName(repository, identifier);
  if (identifier.includes(':')) {
    const digest = newHash(identifier);
    // A signed schema 1 manifest is hashed without its signatures. No blob of such a manifest is ever read.
    if (
      contentType?.toLowerCase().startsWith(dockerManifestSchema1Signed) === true &&
      reportedDigest === digest
    )
      return digest;
    checkBytes(subject, bytes, { digest, size: bytes.byteLength });
    return digest;
  }
  const digest = sha256Bytes(bytes);
  if (settings.verifyTagDigest && reportedDigest !== undefined && reportedDigest !== digest) {
    if (!reportedDigest.startsWith('sha512:')) throw new DigestMismatchError(subject, reportedDigest, digest);
    checkBytes(subject, bytes, { digest: newHash(reportedDigest), size: bytes.byteLength });
  }
  return digest;
}
