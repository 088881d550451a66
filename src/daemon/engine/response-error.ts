import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { isJsonObject } from '../../internal/json/json-object.js';
import { AuthError } from '../../errors/service/auth.js';
import type { ContainerError } from '../../errors/base.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { printable } from '../../internal/printable.js';
import type { Endpoint } from './endpoint.js';

/** Largest error body that is read; the rest is dropped with its connection. */
const BODY_CAP = 64 * 1024;

/** An answer that says no, as an error; the answer is read and released. */
export async function responseError(
  response: IncomingMessage,
  operation: string,
  endpoint: Endpoint,
): Promise<ContainerError> {
  const text = await beginning(response).catch(() => '');
  return errorOf(response, text, operation, endpoint);
}

/** As {@link responseError}, for an answer whose text is known. */
export function errorOf(
  response: IncomingMessage,
  text: string,
  operation: string,
  { host }: Endpoint,
): ContainerError {
  const { statusCode: status = 0 } = response;
  if (/CLIENT SENT AN HTTP REQUEST TO AN HTTPS SERVER/i.test(text)) {
    return new TransportError(`${operation}: ${host}: the port wants TLS`, {
      url: host,
      status,
      hint: 'set DOCKER_TLS_VERIFY=1, with DOCKER_CERT_PATH for the certificates, or give `tls`',
    });
  }
  if (isWebPage(response, text)) return notDocker(operation, host, status);
  const said = messageIn(text);
  const message = `${operation}: ${said === '' ? `${status} ${STATUS_CODES[status] ?? ''}`.trim() : said}`;
  if (status === 400 && /client version [^ ]{1,32} is too (old|new)/i.test(said)) {
    return new UnsupportedError(`${message} (${host})`, {
      hint: 'leave `apiVersion` and DOCKER_API_VERSION away; if they are, one side needs an update',
    });
  }
  const error = new TransportError(`${message} (${host})`, {
    url: host,
    status,
    temporary: status === 429 || (status >= 502 && status <= 504),
  });
  if (status === 404) return new NotFoundError(error.message, { cause: error });
  if (status === 401 || status === 403) return new AuthError(error.message, { cause: error });
  return error;
}

/** Something answers, but it is no engine. */
export function notDocker(operation: string, host: string, status: number | undefined): TransportError {
  return new TransportError(`${operation}: ${host} is no Docker Engine`, {
    url: host,
    status,
    hint: 'check `host`, DOCKER_HOST and the docker context: something else listens there',
  });
}

function isWebPage({ headers }: IncomingMessage, text: string): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(text);
}

/** What the daemon says: docker in `message`, podman in `cause` too, and some plainly. */
function messageIn(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    const message = isJsonObject(parsed) ? parsed.message : undefined;
    return typeof message === 'string' ? printable(message, 500) : '';
  } catch {
    return printable(text, 500);
  }
}

async function beginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early destroys the stream.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= BODY_CAP) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_CAP).toString('utf8');
}
