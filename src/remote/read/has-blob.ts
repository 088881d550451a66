import type { AbortOptions } from '../../internal/async/abort.js';
import { decodersOf } from '../../transport/wire/content-encoding.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { SessionResponse } from '../../transport/session/session.js';
import type { Hash } from '../../v1/hash.js';
import type { RepositoryReader } from '../connection/connection.js';
import { parseContentRange } from '../connection/content-range.js';
import { blobPath } from '../connection/paths.js';
import { askHead, TRY_LATER } from './ask-head.js';
import type { BlobRequest } from './blob.js';

/**
 * Whether the registry confirms by HEAD that it has a blob. If it does not, it may have the blob all the same. The
 * length in the response is ignored, because some registries send the length of the empty body.
 */
export async function isKnownBlob(
  reader: RepositoryReader,
  digest: Hash,
  scopes: readonly string[],
  { signal }: AbortOptions,
): Promise<boolean> {
  const target = blobPath(reader.repository, digest);
  return (await askHead(reader, { target, scopes, retryOn: TRY_LATER, signal })) !== undefined;
}

/** Whether the registry has a blob, of its size if that is known. If HEAD does not confirm it, GET decides. */
export async function hasBlob(
  reader: RepositoryReader,
  { digest, size }: BlobRequest,
  scopes: readonly string[] = [reader.repository.scope('pull')],
  { signal }: AbortOptions = {},
): Promise<boolean> {
  const target = blobPath(reader.repository, digest);
  const head = await askHead(reader, { target, scopes, signal });
  if (head !== undefined && (size === undefined || lengthOf(head) === size)) return true;
  const response = await reader.session.request({
    method: 'GET',
    target,
    scopes,
    headers: { range: 'bytes=0-0' },
    // An empty blob has no first byte, so a registry may refuse the range.
    expect: [200, 206, 404, 416],
    signal,
  });
  discard(response.body);
  const length = lengthOf(response);
  const isOther = size !== undefined && length !== undefined && length !== size;
  return response.status !== 404 && !isOther;
}

/**
 * The length of a blob in the headers of a response to HEAD or GET. Undefined if the response has a content encoding,
 * because the length may then be that of the encoded form.
 */
export function lengthOf({ status, headers }: SessionResponse): number | undefined {
  if (decodersOf(headers).length > 0) return undefined;
  if (status === 206) return parseContentRange(headers['content-range'])?.total;
  const length = headers['content-length'] ?? '';
  return status === 200 && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
