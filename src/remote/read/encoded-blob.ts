import type { AbortOptions } from '../../internal/async/abort.js';
import { drain } from '../../internal/streams/consume.js';
import { verified } from '../../internal/streams/verify.js';
import { isContainerError } from '../../errors/base.js';
import { TransportError } from '../../errors/service/transport.js';
import { decodedBody, decodersOf } from '../../transport/wire/content-encoding.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { SessionResponse } from '../../transport/session/session.js';
import type { Hash } from '../../v1/hash.js';
import { parseContentRange } from '../connection/content-range.js';
import type { OpenAt } from './resuming-body.js';

interface ExpectedBlob {
  readonly digest: Hash;
  readonly size?: number | undefined;
}

/** Which bytes are the blob: those that were sent, or those that remain after the `Content-Encoding` is removed. */
type Form = 'sent' | 'decoded';

/**
 * An opener whose responses hold the bytes of the blob, whatever `Content-Encoding` their headers announce.
 *
 * Object stores announce the compression of a layer itself as its encoding; proxies add an encoding to other content.
 * The size shows which one it is. If the server does not send a length, the response is decoded once, without being
 * kept, to see whether it has the digest, and is then requested again.
 */
export function withoutEncoding(request: OpenAt, blob: ExpectedBlob, subject: string): OpenAt {
  let form: Form | undefined;
  const open: OpenAt = async (offset, options) => {
    // A range of an encoding made on the fly is of no use: the blob is read from its start, and known bytes are skipped.
    const response = await request(form === 'decoded' ? 0 : offset, options);
    const steps = decodersOf(response.headers);
    if (steps.length === 0 || (response.status !== 200 && response.status !== 206)) return response;
    form ??= formBySize(response, blob);
    if (form === 'sent') return response;
    if (form === undefined) {
      const complete = response.status === 200 ? response : await completeInstead(response, request, options);
      form = await formByDigest(complete, blob, subject, options);
      return open(offset, options);
    }
    if (response.status === 206) {
      discard(response.body);
      return open(0, options);
    }
    const headers = { ...response.headers, 'content-length': undefined, 'content-encoding': undefined };
    return { ...response, headers, body: decodedBody(response.body, steps, subject) };
  };
  return open;
}

async function completeInstead(
  part: SessionResponse,
  request: OpenAt,
  options: AbortOptions,
): Promise<SessionResponse> {
  discard(part.body);
  return request(0, options);
}

function formBySize({ status, headers }: SessionResponse, { size }: ExpectedBlob): Form | undefined {
  const length = headers['content-length'] ?? '';
  const announced = /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  const sent = status === 206 ? parseContentRange(headers['content-range'])?.total : announced;
  if (sent === undefined || size === undefined) return undefined;
  return sent === size ? 'sent' : 'decoded';
}

async function formByDigest(
  { headers, body }: SessionResponse,
  { digest, size }: ExpectedBlob,
  subject: string,
  options: AbortOptions,
): Promise<Form> {
  try {
    const plain = decodedBody(body, decodersOf(headers), subject);
    await drain(verified(plain, { digest, size, subject }), options);
    return 'decoded';
  } catch (error) {
    options.signal?.throwIfAborted();
    // A broken connection proves nothing. Any other failure means that the decoded bytes are not the blob.
    if (!isContainerError(error) || (error instanceof TransportError && error.temporary)) throw error;
    return 'sent';
  }
}
