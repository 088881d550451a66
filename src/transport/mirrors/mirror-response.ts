import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ContainerError, isContainerError } from '../../errors/base.js';
import { TransportError } from '../../errors/service/transport.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { requestError } from '../wire/network-error.js';
import { discard, readCapped } from '../wire/read-capped.js';
import type { Content } from './read-target.js';
import type { Session, SessionRequest, SessionResponse } from '../session/session.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { MANIFEST_MAX_BYTES } from '../../v1/documents/decode-document.js';

/** Called if the body of a blob breaks off, or does not match its digest. */
export type OnBroken = (error: ContainerError) => void;

/**
 * Sends a request to a mirror. A manifest is read and checked against its digest. A blob is checked by its reader.
 *
 * @throws an error in every case in which the next source has to be asked, for example if the mirror lacks the content.
 */
export async function askMirror(
  session: Session,
  request: SessionRequest,
  content: Content,
  onBroken: OnBroken,
): Promise<SessionResponse> {
  // Only the registry decides that something does not exist, so 404 is a failure of the mirror.
  const expect = request.expect.filter((status) => status < 400);
  const response = await session.request({ ...request, expect });
  const unusable = (reason: string): TransportError => {
    discard(response.body);
    return requestError({ method: request.method, url: response.url }, reason, false);
  };
  if (/html/i.test(response.headers['content-type'] ?? '')) throw unusable('the mirror sent a web page');
  if (content.kind === 'blobs') return reportFailures(response, onBroken);
  if (request.method === 'HEAD') {
    const reportedDigest = response.headers['docker-content-digest'];
    if (
      reportedDigest !== undefined &&
      parseDigest(content.identifier) !== undefined &&
      reportedDigest !== content.identifier
    ) {
      throw unusable('the mirror has another manifest under this digest');
    }
    return response;
  }
  const bytes = await readManifest(response, request);
  if (bytes === undefined) throw unusable(`the manifest has more than ${MANIFEST_MAX_BYTES} bytes`);
  const reason = mismatchReason(bytes, content, response.headers['content-type']);
  if (reason !== undefined) throw unusable(reason);
  return { ...response, body: ignoreLateErrors(Readable.from([bytes])) };
}

/** The bytes of a manifest; undefined if it is too large. */
async function readManifest(
  { body, url }: SessionResponse,
  { method }: SessionRequest,
): Promise<Buffer | undefined> {
  try {
    const { bytes, truncated } = await readCapped(body, MANIFEST_MAX_BYTES);
    return truncated ? undefined : bytes;
  } catch (error) {
    if (isContainerError(error)) throw error;
    throw requestError({ method, url }, 'the connection was closed in the middle', true);
  }
}

/** The reason why these bytes are not the manifest that was asked for; undefined if they are. */
function mismatchReason(bytes: Buffer, { identifier }: Content, contentType = ''): string | undefined {
  if (!isManifest(bytes)) return 'the response is not a manifest';
  const digest = parseDigest(identifier);
  // A signed schema 1 manifest is hashed without its signatures.
  if (digest === undefined || /prettyjws/i.test(contentType)) return undefined;
  const actual = createHash(digest.algorithm).update(bytes).digest('hex');
  return actual === digest.hex ? undefined : 'the manifest has another digest';
}

function isManifest(bytes: Buffer): boolean {
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof document === 'object' && document !== null && 'schemaVersion' in document;
  } catch {
    return false;
  }
}

/** Reports a body that breaks off. The reader of a blob checks its bytes, and calls `distrust` if they are wrong. */
function reportFailures(response: SessionResponse, onBroken: OnBroken): SessionResponse {
  const { body, url } = response;
  body.once('close', () => {
    if (body.errored instanceof TransportError) onBroken(body.errored);
  });
  return {
    ...response,
    distrust: () => {
      onBroken(requestError({ method: 'GET', url }, 'the blob does not match its digest', false));
    },
  };
}
