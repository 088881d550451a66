import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ContainerError, isContainerError } from '../../errors/base.js';
import { TransportError } from '../../errors/service/transport.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { brokenOff } from '../wire/network-error.js';
import { discard, readCapped } from '../wire/read-capped.js';
import type { Content } from './read-target.js';
import type { Session, SessionRequest, SessionResponse } from '../session/session.js';
import { expectLater } from '../../internal/streams/consume.js';
import { MANIFEST_MAX_BYTES } from '../../v1/documents/parse-options.js';

/** A manifest that is larger is left to the registry. */

/** Told if the body of a blob breaks, or turns out to be something else. */
export type OnBroken = (error: ContainerError) => void;

/**
 * Asks a mirror. What it answers counts only if it is what was asked for, as far as that shows before a blob is read.
 *
 * @throws an error for everything that another place has to be asked for, a missing blob among it.
 */
export async function askMirror(
  session: Session,
  request: SessionRequest,
  content: Content,
  onBroken: OnBroken,
): Promise<SessionResponse> {
  // "Not there" is for the registry to say.
  const expect = request.expect.filter((status) => status < 400);
  const response = await session.request({ ...request, expect });
  const garbage = (reason: string): TransportError => {
    discard(response.body);
    return brokenOff({ method: request.method, url: response.url }, reason, false);
  };
  if (/html/i.test(response.headers['content-type'] ?? '')) throw garbage('a web page answers');
  if (content.kind === 'blobs') return watched(response, onBroken);
  if (request.method === 'HEAD') {
    const told = response.headers['docker-content-digest'];
    if (told !== undefined && parseDigest(content.identifier) !== undefined && told !== content.identifier) {
      throw garbage('it has another manifest under this digest');
    }
    return response;
  }
  const bytes = await wholeManifest(response, request);
  if (bytes === undefined) throw garbage(`a manifest of more than ${MANIFEST_MAX_BYTES} bytes`);
  const reason = mistakeIn(bytes, content, response.headers['content-type']);
  if (reason !== undefined) throw garbage(reason);
  return { ...response, body: expectLater(Readable.from([bytes])) };
}

async function wholeManifest(
  { body, url }: SessionResponse,
  { method }: SessionRequest,
): Promise<Buffer | undefined> {
  try {
    const { bytes, truncated } = await readCapped(body, MANIFEST_MAX_BYTES);
    return truncated ? undefined : bytes;
  } catch (error) {
    if (isContainerError(error)) throw error;
    throw brokenOff({ method, url }, 'the connection was closed in the middle', true);
  }
}

/** Why this is not the manifest. */
function mistakeIn(bytes: Buffer, { identifier }: Content, contentType = ''): string | undefined {
  if (!isManifest(bytes)) return 'the answer is no manifest';
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

/** A blob's bytes are checked by their reader, who says if they were wrong. */
function watched(response: SessionResponse, onBroken: OnBroken): SessionResponse {
  const { body, url } = response;
  body.once('close', () => {
    if (body.errored instanceof TransportError) onBroken(body.errored);
  });
  return {
    ...response,
    distrust: () => {
      onBroken(brokenOff({ method: 'GET', url }, 'the blob is not what its digest says', false));
    },
  };
}
