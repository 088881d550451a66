import type { AbortOptions } from '../../internal/async/abort.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { decodersOf } from '../../transport/wire/content-encoding.js';
import type { SessionResponse } from '../../transport/session/session.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { newHash } from '../../v1/hash.js';
import { isGeneralType } from '../../v1/documents/manifest-type.js';
import { canonical } from '../../v1/types.js';
import type { RepositoryReader } from '../connection/connection.js';
import { manifestPath } from '../connection/paths.js';
import { askHead, type HeadRequest } from './ask-head.js';
import { anyManifest, fetchManifest } from './manifest.js';
import { descriptorOf } from './manifest-descriptor.js';

/** The descriptor of a manifest: from HEAD if its response has everything, or else from the manifest. */
export async function headManifest(
  reader: RepositoryReader,
  identifier: string,
  { signal }: AbortOptions,
): Promise<Descriptor> {
  const scopes = [reader.repository.scope('pull')];
  const response = await askManifest(reader, identifier, { scopes, signal });
  const descriptor = response && readHeaders(response);
  const isOther = identifier.includes(':') && descriptor?.digest !== identifier;
  if (descriptor !== undefined && !isOther) return descriptor;
  return descriptorOf(await fetchManifest(reader, identifier, { signal }));
}

/** Asks for a manifest by HEAD. */
export async function askManifest(
  reader: RepositoryReader,
  identifier: string,
  options: Pick<HeadRequest, 'scopes' | 'retryOn' | 'signal'>,
): Promise<SessionResponse | undefined> {
  const target = manifestPath(reader.repository, identifier);
  return askHead(reader, { ...options, target, accept: anyManifest.join(',') });
}

/** Undefined if a header is missing or impossible, so that GET has to decide. */
function readHeaders({ headers }: SessionResponse): Descriptor | undefined {
  const mediaType = canonical(headers['content-type'] ?? '');
  const digest = headers['docker-content-digest'] ?? '';
  // With a content encoding, this may be the length of the encoded form.
  const length = decodersOf(headers).length > 0 ? '' : (headers['content-length'] ?? '');
  if (isGeneralType(mediaType) || parseDigest(digest) === undefined || !/^[1-9]\d{0,14}$/.test(length))
    return undefined;
  return Object.freeze({ mediaType, size: Number(length), digest: newHash(digest) });
}
