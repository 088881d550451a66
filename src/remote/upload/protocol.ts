import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { RequestBody, SessionRequest, SessionResponse } from '../../transport/session/session.js';
import { isTimeout } from '../../transport/wire/network-error.js';
import type { Hash } from '../../v1/hash.js';
import type { MountSource } from '../../v1/layer.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { uploadedBytes } from '../connection/content-range.js';
import { responseOf } from '../connection/not-found.js';
import { uploadsPath } from '../connection/paths.js';
import { resolveServerUrl } from '../connection/server-url.js';
import { refuseWebPage } from '../connection/unexpected-response.js';

/** How long the cancellation of an upload may take. */
const CANCEL_TIMEOUT_MS = 5000;

/** A blob whose digest and size are known. */
export interface KnownBlob {
  readonly digest: Hash;
  readonly size: number;
}

/** An upload that the registry has started. */
export interface OpenUpload {
  /** The URL of the next request. Every response may change it. */
  readonly url: URL;
  /** The least number of bytes that the registry accepts in a chunk, except in the last one. */
  readonly minChunk: number;
}

export interface UploadProgress {
  readonly upload: OpenUpload;
  /** The bytes that the registry holds; undefined if it does not say. */
  readonly held: number | undefined;
}

/**
 * Starts an upload.
 *
 * @throws NotFoundError if the repository does not exist, and the registry does not create it.
 */
export async function beginUpload(writer: RepositoryWriter, { signal }: AbortOptions): Promise<OpenUpload> {
  try {
    return startedUpload(await post(writer, '', [202], signal));
  } catch (error) {
    const response = responseOf(error);
    if (response?.status !== 404) throw error;
    throw new NotFoundError(`push to ${writer.repository.name()}: ${response.message}`, {
      cause: response,
      hint: response.hint ?? 'create the repository first: this registry does not create it on a push',
    });
  }
}

/** Asks the registry to mount a blob from another repository. If it does not, it starts an upload. */
export async function mountOrBegin(
  writer: RepositoryWriter,
  digest: Hash,
  from: MountSource,
  { signal }: AbortOptions,
): Promise<OpenUpload | 'mounted'> {
  const query = new URLSearchParams({ mount: digest, from: from.repository });
  const response = await post(writer, `?${query.toString()}`, [201, 202], signal);
  return response.status === 201 ? 'mounted' : startedUpload(response);
}

async function post(
  writer: RepositoryWriter,
  query: string,
  expect: readonly number[],
  signal: AbortSignal | undefined,
): Promise<SessionResponse> {
  const target = uploadsPath(writer.repository) + query;
  return request(writer, { method: 'POST', target, body: new Uint8Array(), expect, signal });
}

function startedUpload(response: SessionResponse): OpenUpload {
  const upload = movedUpload(response, undefined);
  if (upload !== undefined) return upload;
  throw new TransportError(
    `POST ${response.url.pathname}: the registry started an upload, but did not send its location`,
    {
      method: 'POST',
      status: response.status,
    },
  );
}

/** Sends the bytes from `offset` on. Without an offset, the request does not say which bytes they are. */
export async function sendChunk(
  writer: RepositoryWriter,
  upload: OpenUpload,
  body: RequestBody,
  offset: number | undefined,
  { signal }: AbortOptions,
): Promise<UploadProgress> {
  const { size } = body;
  const response = await request(writer, {
    method: 'PATCH',
    target: upload.url,
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
  return progressIn(response, upload);
}

/** Finishes an upload; a body is then its complete content. Gives the digest that the registry reports, if it does. */
export async function finishUpload(
  writer: RepositoryWriter,
  upload: OpenUpload,
  { digest, size }: KnownBlob,
  body: RequestBody | undefined,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  const response = await request(writer, {
    method: 'PUT',
    target: withDigest(upload.url, digest),
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
 * Asks how much of an upload the registry holds. Undefined if it has forgotten the upload.
 *
 * @throws TransportError if the registry does not respond, after `headersTimeoutMs` if that is given.
 */
export async function uploadProgress(
  writer: RepositoryWriter,
  upload: OpenUpload,
  { headersTimeoutMs, signal }: Pick<SessionRequest, 'headersTimeoutMs' | 'signal'>,
): Promise<UploadProgress | undefined> {
  try {
    const response = await request(writer, {
      method: 'GET',
      target: upload.url,
      expect: [200, 202, 204],
      headersTimeoutMs,
      signal,
    });
    return progressIn(response, upload);
  } catch (error) {
    const failure = responseOf(error);
    if (failure !== undefined && !isTimeout(failure)) return undefined;
    throw error;
  }
}

/** Asks the registry to forget an upload, in the background. A failure is ignored. */
export function cancelUpload(writer: RepositoryWriter, upload: OpenUpload): void {
  const signal = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
  request(writer, {
    method: 'DELETE',
    target: upload.url,
    expect: [200, 202, 204, 404],
    retry: false,
    signal,
  }).catch(() => undefined);
}

async function request(
  writer: RepositoryWriter,
  options: Omit<SessionRequest, 'scopes'>,
): Promise<SessionResponse> {
  const response = await writer.session.request({ ...options, scopes: writer.scopes });
  await refuseWebPage(options.method, response);
  return response;
}

function progressIn(response: SessionResponse, upload: OpenUpload): UploadProgress {
  return { upload: movedUpload(response, upload) ?? upload, held: uploadedBytes(response.headers.range) };
}

/** The upload at the location in a response; undefined if the response has none. */
function movedUpload(response: SessionResponse, last: OpenUpload | undefined): OpenUpload | undefined {
  const location = response.headers.location;
  if (location === undefined || location === '') return undefined;
  const minimum = response.headers['oci-chunk-min-length'] ?? '';
  return {
    url: resolveServerUrl('upload', location, response.url),
    minChunk: /^\d{1,15}$/.test(minimum) ? Number(minimum) : (last?.minChunk ?? 0),
  };
}

/** Adds the digest to the query. The rest of the query stays unchanged, because it may be signed. */
function withDigest(url: URL, digest: Hash): URL {
  const target = new URL(url);
  const parameter = `digest=${encodeURIComponent(digest)}`;
  target.search = target.search === '' ? parameter : `${target.search}&${parameter}`;
  return target;
}
