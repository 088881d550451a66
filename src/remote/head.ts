import { DigestMismatchError } from '../errors/mismatch.js';
import type { AbortOptions } from '../internal/abort.js';
import { parseDigest } from '../internal/digest.js';
import type { Reference } from '../name/reference.js';
import { discard } from '../transport/read-capped.js';
import type { SessionResponse } from '../transport/session.js';
import type { Descriptor } from '../v1/descriptor.js';
import { newHash } from '../v1/hash.js';
import { canonical } from '../v1/types.js';
import { type Access, manifestName, manifestPath } from './access.js';
import { connect, type Connections } from './connections.js';
import { anyManifest, fetchManifest } from './fetch-manifest.js';
import { descriptorOf } from './manifest-descriptor.js';
import { orNotFound } from './not-found.js';
import type { RemoteOptions } from './options.js';

/**
 * Asks what a reference names, without its bytes: media type, size and digest as the registry tells
 * them. One request, two for a registry that leaves one of them out.
 *
 * @throws {@link NotFoundError} if the registry does not have it.
 */
export async function head(reference: Reference, options: RemoteOptions = {}): Promise<Descriptor> {
  return headWith(connect(options), reference, options);
}

export async function headWith(
  connections: Connections,
  reference: Reference,
  options: AbortOptions = {},
): Promise<Descriptor> {
  const access = await connections.access(reference.context(), options);
  const told = await headManifest(access, reference.identifier(), [access.repository.scope('pull')], options);
  if (told !== undefined) return told;
  return descriptorOf(await fetchManifest(access, reference.identifier(), { signal: options.signal }));
}

/** Undefined if the answer does not say everything. */
export async function headManifest(
  { session, repository }: Access,
  identifier: string,
  scopes: readonly string[],
  options: AbortOptions,
): Promise<Descriptor | undefined> {
  const subject = manifestName(repository, identifier);
  const response = await orNotFound(
    subject,
    session.request({
      method: 'HEAD',
      target: manifestPath(repository, identifier),
      scopes,
      headers: { accept: anyManifest.join(',') },
      expect: [200],
      signal: options.signal,
    }),
  );
  discard(response.body);
  const descriptor = read(response);
  if (descriptor !== undefined && identifier.includes(':') && descriptor.digest !== identifier) {
    throw new DigestMismatchError(subject, identifier, descriptor.digest);
  }
  return descriptor;
}

function read({ headers }: SessionResponse): Descriptor | undefined {
  const mediaType = canonical(headers['content-type'] ?? '');
  const digest = headers['docker-content-digest'] ?? '';
  const length = headers['content-length'] ?? '';
  if (mediaType === '' || parseDigest(digest) === undefined || !/^[1-9]\d{0,14}$/.test(length))
    return undefined;
  return Object.freeze({ mediaType, size: Number(length), digest: newHash(digest) });
}
