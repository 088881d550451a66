import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { RequestBody, SessionRequest, SessionResponse } from '../../transport/session/session.js';
import type { Hash } from '../../v1/hash.js';
import type { MountSource } from '../../v1/layer.js';
import { type Access, uploadsPath } from '../connection/access.js';
import { uploadedBytes } from '../connection/content-range.js';
import { isTimeout } from '../../transport/wire/network-error.js';
import type { KnownBlob } from './source.js';
import { responseOf } from '../connection/not-found.js';
import { resolveServerUrl } from '../connection/server-url.js';
import { refuseWebPage } from '../connection/unexpected-response.js';

/** A repository that is written to. */
export interface PushAccess extends Access {
  /** The push scope of the repository, then those of the repositories that blobs are mounted from. */
  readonly scopes: readonly string[];
  /** What was read from this registry may have come from a mirror, and be nowhere in the registry itself. */
  readonly mirrored: boolean;
  /** Registries, by host, that are known in this run to refuse a blob in one request. */
  readonly inPieces: Set<string>;
}

/** An upload in progress, as the registry knows it. */
export interface UploadTarget {
  /** Where the next request goes; every answer may move it. */
  readonly url: URL;
  /** Least bytes of a piece that is not the last. */
  readonly minChunk: number;
}

export interface UploadState {
  readonly place: UploadTarget;
  /** Bytes that the registry holds; undefined if it does not tell. */
  readonly held: number | undefined;
}

/**
 * Asks for a new upload.
 *
 * @throws {@link NotFoundError} if there is no such repository, and the registry does not make it.
 */
export async function beginUpload(access: PushAccess, { signal }: AbortOptions): Promise<UploadTarget> {
  try {
    return begun(await post(access, '', [202], signal));
  } catch (error) {
    const response = responseOf(error);
    if (response?.status !== 404) throw error;
    throw new NotFoundError(`push to ${access.repository.name()}: ${response.message}`, {
      cause: response,
      hint: response.hint ?? 'create the repository first: this registry does not do so by itself',
    });
  }
}

/** Asks the registry to take a blob from another repository; where it will not, it starts an upload. */
export async function mountOrBegin(
  access: PushAccess,
  digest: Hash,
  from: MountSource,
  { signal }: AbortOptions,
): Promise<UploadTarget | 'mounted'> {
  const query = new URLSearchParams({ mount: digest, from: from.repository });
  const response = await post(access, `?${query.toString()}`, [201, 202], signal);
  return response.status === 201 ? 'mounted' : begun(response);
}

async function post(
  access: PushAccess,
  query: string,
  expect: readonly number[],
  signal: AbortSignal | undefined,
): Promise<SessionResponse> {
  const target = uploadsPath(access.repository) + query;
  return request(access, { method: 'POST', target, body: new Uint8Array(), expect, signal });
}

function begun(response: SessionResponse): UploadTarget {
  const place = nextPlace(response, undefined);
  if (place !== undefined) return place;
  throw new TransportError(
    `POST ${response.url.pathname}: the registry started an upload without saying where`,
    {
      method: 'POST',
      status: response.status,
    },
  );
}

/** Sends bytes from `offset` on; without an offset, whatever there is. */
export async function sendChunk(
  access: PushAccess,
  place: UploadTarget,
  body: RequestBody,
  offset: number | undefined,
  { signal }: AbortOptions,
): Promise<UploadState> {
  const { size } = body;
  const response = await request(access, {
    method: 'PATCH',
    target: place.url,
    headers: {
      'content-type': 'application/octet-stream',
      ...(offset !== undefined &&
        size !== undefined && { 'content-range': `${offset}-${offset + size - 1}` }),
    },
    body,
    expect: [201, 202, 204],
    commitBytes: size ?? Infinity,
    retry: false,
    signal,
  });
  return { place: nextPlace(response, place) ?? place, held: uploadedBytes(response.headers.range) };
}

/** Ends an upload, with its whole content if there is a body; gives the digest that the registry tells. */
export async function finishUpload(
  access: PushAccess,
  place: UploadTarget,
  { digest, size }: KnownBlob,
  body: RequestBody | undefined,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  const response = await request(access, {
    method: 'PUT',
    target: withDigest(place.url, digest),
    headers: { 'content-type': 'application/octet-stream' },
    body: body ?? new Uint8Array(),
    expect: [200, 201, 204],
    commitBytes: size,
    retry: false,
    signal,
  });
  return response.headers['docker-content-digest'];
}

/**
 * Asks how much the registry holds. Undefined if it does not know the upload any more.
 *
 * @throws {@link TransportError} if the registry is silent, after `headersTimeoutMs` if that is given.
 */
export async function uploadState(
  access: PushAccess,
  place: UploadTarget,
  { headersTimeoutMs, signal }: Pick<SessionRequest, 'headersTimeoutMs' | 'signal'>,
): Promise<UploadState | undefined> {
  try {
    const response = await request(access, {
      method: 'GET',
      target: place.url,
      expect: [200, 202, 204],
      headersTimeoutMs,
      signal,
    });
    return { place: nextPlace(response, place) ?? place, held: uploadedBytes(response.headers.range) };
  } catch (error) {
    const failure = responseOf(error);
    if (failure !== undefined && !isTimeout(failure)) return undefined;
    throw error;
  }
}

/** Lets the registry forget an upload: best effort, in the background. */
export function cancelUpload(access: PushAccess, place: UploadTarget): void {
  const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
  request(access, {
    method: 'DELETE',
    target: place.url,
    expect: [200, 202, 204, 404],
    retry: false,
    signal,
  }).catch(() => undefined);
}

async function request(
  access: PushAccess,
  options: Omit<SessionRequest, 'scopes'>,
): Promise<SessionResponse> {
  const response = await access.session.request({ ...options, scopes: access.scopes });
  await refuseWebPage(options.method, response);
  return response;
}

function nextPlace(response: SessionResponse, last: UploadTarget | undefined): UploadTarget | undefined {
  const location = response.headers.location;
  if (location === undefined || location === '') return undefined;
  const minimum = response.headers['oci-chunk-min-length'] ?? '';
  return {
    url: resolveServerUrl('upload', location, response.url),
    minChunk: /^\d{1,15}$/.test(minimum) ? Number(minimum) : (last?.minChunk ?? 0),
  };
}

/** The query may be signed: it is kept as it is. */
function withDigest(url: URL, digest: Hash): URL {
  const target = new URL(url);
  const parameter = `digest=${encodeURIComponent(digest)}`;
  target.search = target.search === '' ? parameter : `${target.search}&${parameter}`;
  return target;
}

const CANCEL_TIMEOUT_MS = 5000;
