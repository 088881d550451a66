import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { checkBytes } from '../../v1/check-bytes.js';
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
import { type Access, manifestName, manifestPath } from '../connection/access.js';
import { manifestType } from '../../v1/documents/manifest-type.js';
import { orNotFound } from '../connection/not-found.js';
import { looksLikeHtml, unexpectedResponse } from '../connection/unexpected-response.js';

/** GGCR's order, so that registries that convert choose the same. */
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
  /** @default all */
  readonly accept?: readonly MediaType[] | undefined;
}

export interface FetchedManifest {
  readonly mediaType: MediaType;
  readonly digest: Hash;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Gets a manifest by tag or digest. What was asked for by digest has that digest; for a tag the
 * digest is computed, and compared with the registry's only with `strict`.
 *
 * @throws {@link NotFoundError} if the registry does not have it.
 */
export async function fetchManifest(
  access: Access,
  identifier: string,
  options: FetchManifestOptions = {},
): Promise<FetchedManifest> {
  const { session, repository, settings } = access;
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
    access,
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

/** The manifest that a descriptor names; its size is checked too. */
export async function fetchChild(
  access: Access,
  child: Descriptor,
  options?: AbortOptions,
): Promise<FetchedManifest> {
  const fetched = await fetchManifest(access, child.digest, options);
  checkBytes(manifestName(access.repository, child.digest), fetched.bytes, child);
  return fetched;
}

function checkDigest(
  { repository, settings }: Access,
  identifier: string,
  bytes: Uint8Array,
  told: string | undefined,
  contentType: string | undefined,
): Hash {
  const subject = manifestName(repository, identifier);
  if (identifier.includes(':')) {
    const digest = newHash(identifier);
    // A signed schema 1 manifest is hashed without its signatures; nothing below such a manifest is read.
    if (contentType?.toLowerCase().startsWith(dockerManifestSchema1Signed) === true && told === digest)
      return digest;
    checkBytes(subject, bytes, { digest, size: bytes.byteLength });
    return digest;
  }
  const digest = sha256Bytes(bytes);
  if (settings.strict && told !== undefined && told !== digest) {
    if (!told.startsWith('sha512:')) throw new DigestMismatchError(subject, told, digest);
    checkBytes(subject, bytes, { digest: newHash(told), size: bytes.byteLength });
  }
  return digest;
}
