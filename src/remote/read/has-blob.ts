import type { AbortOptions } from '../../internal/async/abort.js';
import { decodersOf } from '../../transport/wire/content-encoding.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { SessionResponse } from '../../transport/session/session.js';
import type { Hash } from '../../v1/hash.js';
import { type Access, blobPath } from '../connection/paths.js';
import { askHead, LATER } from './ask-head.js';
import { parseContentRange } from '../connection/content-range.js';
import type { BlobRequest } from './blob.js';

/**
 * Whether the registry says by HEAD that it has a blob. One that does not may have it all the same. The length in the
 * response does not matter: some registries tell that of nothing.
 */
export async function isKnownBlob(
  access: Access,
  digest: Hash,
  scopes: readonly string[],
  { signal }: AbortOptions,
): Promise<boolean> {
  const target = blobPath(access.repository, digest);
  return (await askHead(access, { target, scopes, retryOn: LATER, signal })) !== undefined;
}

/** Whether the registry has a blob, of its size if that is known: what HEAD does not confirm, GET decides. */
export async function hasBlob(
  access: Access,
  { digest, size }: BlobRequest,
  scopes: readonly string[] = [access.repository.scope('pull')],
  { signal }: AbortOptions = {},
): Promise<boolean> {
  const target = blobPath(access.repository, digest);
  const told = await askHead(access, { target, scopes, signal });
  if (told !== undefined && (size === undefined || lengthOf(told) === size)) return true;
  const response = await access.session.request({
    method: 'GET',
    target,
    scopes,
    headers: { range: 'bytes=0-0' },
    // An empty blob has no first byte.
    expect: [200, 206, 404, 416],
    signal,
  });
  discard(response.body);
  const length = lengthOf(response);
  const isOther = size !== undefined && length !== undefined && length !== size;
  return response.status !== 404 && !isOther;
}

/**
 * The length of a blob as the headers of a response to HEAD or GET tell it. Undefined too for what is labelled as encoded,
 * because that may be the length of the encoded form.
 */
export function lengthOf({ status, headers }: SessionResponse): number | undefined {
  if (decodersOf(headers).length > 0) return undefined;
  if (status === 206) return parseContentRange(headers['content-range'])?.total;
  const length = headers['content-length'] ?? '';
  return status === 200 && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
