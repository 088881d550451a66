import type { AbortOptions } from '../internal/async/abort.js';
import { parseDigest } from '../internal/streams/digest.js';
import type { Reference } from '../name/reference.js';
import { decodersOf } from '../transport/wire/content-encoding.js';
import type { SessionResponse } from '../transport/session/session.js';
import type { Descriptor } from '../v1/descriptor.js';
import { newHash } from '../v1/hash.js';
import { isGeneralType } from '../v1/documents/manifest-type.js';
import { canonical } from '../v1/types.js';
import { type Access, manifestPath } from './connection/paths.js';
import { askHead, type HeadRequest } from './read/ask-head.js';
import { connect, type Connections } from './connection/connection.js';
import { anyManifest, fetchManifest } from './read/manifest.js';
import { descriptorOf } from './read/manifest-descriptor.js';
import type { RemoteOptions } from './connection/options.js';

/**
 * Asks what a reference names, without its bytes: media type, size and digest as the registry tells
 * them. One request; a second, by GET, if HEAD does not tell all of this, or fails.
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
  const identifier = reference.identifier();
  const scopes = [access.repository.scope('pull')];
  const response = await askManifest(access, identifier, { scopes, signal: options.signal });
  const told = response && read(response);
  const contradicts = identifier.includes(':') && told?.digest !== identifier;
  if (told !== undefined && !contradicts) return told;
  return descriptorOf(await fetchManifest(access, identifier, { signal: options.signal }));
}

/** Asks for a manifest by HEAD. */
export async function askManifest(
  access: Access,
  identifier: string,
  options: Pick<HeadRequest, 'scopes' | 'retryOn' | 'signal'>,
): Promise<SessionResponse | undefined> {
  const target = manifestPath(access.repository, identifier);
  return askHead(access, { ...options, target, accept: anyManifest.join(',') });
}

/** Undefined if HEAD does not say everything, or says what cannot be: GET has to tell. */
function read({ headers }: SessionResponse): Descriptor | undefined {
  const mediaType = canonical(headers['content-type'] ?? '');
  const digest = headers['docker-content-digest'] ?? '';
  // Of what is labelled as encoded, this may be the length of the encoded form.
  const length = decodersOf(headers).length > 0 ? '' : (headers['content-length'] ?? '');
  if (isGeneralType(mediaType) || parseDigest(digest) === undefined || !/^[1-9]\d{0,14}$/.test(length))
    return undefined;
  return Object.freeze({ mediaType, size: Number(length), digest: newHash(digest) });
}
