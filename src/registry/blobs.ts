import { pipeline } from 'node:stream/promises';
import { NotFoundError } from '../errors/service/not-found.js';
import { type Resource, requireDigest } from './http/exchange.js';
import { ProtocolError } from './store/protocol-error.js';
import { parseRange } from './store/range.js';
import { respondEmpty } from './http/respond.js';

/** `GET` and `HEAD /v2/<name>/blobs/<digest>`: a blob, or one range of it. */
export const getBlob: Resource = async ({ options, reference, repository, request, response }) => {
  const digest = requireDigest(reference);
  const { blobs, redirect } = options;
  const stat = await blobs.stat(repository, digest);
  if (stat === undefined) throw blobUnknown();
  const etag = `"${digest}"`;
  const headers = { 'Docker-Content-Digest': digest, ETag: etag };
  const redirectUrl = await redirect?.(repository, digest);
  if (redirectUrl !== undefined) {
    respondEmpty(response, 307, { ...headers, Location: redirectUrl });
    return;
  }
  if (request.headers['if-none-match'] === etag) {
    respondEmpty(response, 304, headers);
    return;
  }
  const condition = request.headers['if-range'];
  const rangeApplies = condition === undefined || condition === etag;
  const range = parseRange(rangeApplies ? request.headers.range : undefined, stat.size);
  if (range === 'unsatisfiable') {
    throw new ProtocolError(416, 'UNSUPPORTED', 'range is outside of the blob', {
      detail: { size: stat.size },
      headers: { 'Content-Range': `bytes */${stat.size}` },
    });
  }
  const content = {
    ...headers,
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Length': range === undefined ? stat.size : range.end - range.start + 1,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${range.start}-${range.end}/${stat.size}` }),
  };
  const status = range === undefined ? 200 : 206;
  if (request.method === 'HEAD') {
    respondEmpty(response, status, content);
    return;
  }
  try {
    const body = await blobs.get(repository, digest, range);
    response.writeHead(status, content);
    // A response that is shorter than its content-length fails at its end. Without this the client would wait.
    response.strictContentLength = true;
    await pipeline(body, response, { end: false });
    response.end();
  } catch (error) {
    if (error instanceof NotFoundError) throw blobUnknown();
    throw error;
  }
};

/** `DELETE /v2/<name>/blobs/<digest>`. */
export const deleteBlob: Resource = async ({ options, reference, repository, response }) => {
  const { blobs } = options;
  if (!options.delete || blobs.delete === undefined) {
    throw new ProtocolError(405, 'UNSUPPORTED', 'deleting blobs is disabled');
  }
  if (!(await blobs.delete(repository, requireDigest(reference)))) throw blobUnknown();
  respondEmpty(response, 202);
};

function blobUnknown(): ProtocolError {
  return new ProtocolError(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
}
