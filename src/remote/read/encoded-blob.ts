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

/** Which bytes are the blob: those that were sent, or those that their `Content-Encoding` was put around. */
type Form = 'sent' | 'decoded';

/**
 * An opener whose responses hold the bytes of the blob, whatever `Content-Encoding` they are labelled with.
 *
 * Object stores label a compressed layer with the encoding that it has by itself; proxies compress what is none. The
 * size tells which it is. If the server does not tell how much it sends, the response is decoded once to see whether it
 * has the digest, without being held, and then asked for anew.
 */
export function withoutEncoding(ask: OpenAt, blob: ExpectedBlob, subject: string): OpenAt {
  let form: Form | undefined;
  const open: OpenAt = async (offset, options) => {
    // A part of what is encoded on the fly is of no use: the whole is read, and what was seen already skipped.
    const response = await ask(form === 'decoded' ? 0 : offset, options);
    const steps = decodersOf(response.headers);
    if (steps.length === 0 || (response.status !== 200 && response.status !== 206)) return response;
    form ??= formBySize(response, blob);
    if (form === 'sent') return response;
    if (form === undefined) {
      const whole = response.status === 200 ? response : await instead(response, ask, options);
      form = await formByDigest(whole, blob, subject, options);
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

async function instead(part: SessionResponse, ask: OpenAt, options: AbortOptions): Promise<SessionResponse> {
  discard(part.body);
  return ask(0, options);
}

function formBySize({ status, headers }: SessionResponse, { size }: ExpectedBlob): Form | undefined {
  const length = headers['content-length'] ?? '';
  const whole = /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  const sent = status === 206 ? parseContentRange(headers['content-range'])?.total : whole;
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
    // Of a broken connection nothing follows; everything else says that the decoded bytes are not the blob.
    if (!isContainerError(error) || (error instanceof TransportError && error.temporary)) throw error;
    return 'sent';
  }
}
