import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { isJsonObject } from '../../internal/json/json-object.js';
import { AuthError } from '../../errors/service/auth.js';
import type { ContainerError } from '../../errors/base.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { printable } from '../../internal/printable.js';
import type { Endpoint } from './endpoint.js';

/** The maximum number of bytes that are read of an error body. The rest is dropped together with the connection. */
const MAX_ERROR_BODY_BYTES = 64 * 1024;

/** Turns a response that reports a failure into an error. The response is read and released. */
export async function responseError(
  response: IncomingMessage,
  operation: string,
  endpoint: Endpoint,
): Promise<ContainerError> {
  const text = await readErrorBody(response).catch(() => '');
  return errorFromText(response, text, operation, endpoint);
}

/** The same as {@link responseError}, for a response whose body has been read. */
export function errorFromText(
  response: IncomingMessage,
  text: string,
  operation: string,
  { host }: Endpoint,
): ContainerError {
  const { statusCode: status = 0 } = response;
  if (/CLIENT SENT AN HTTP REQUEST TO AN HTTPS SERVER/i.test(text)) {
    return new TransportError(`${operation}: ${host}: the port requires TLS`, {
      url: host,
      status,
      hint: 'set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH for the certificates, or use the option `tls`',
    });
  }
  if (isWebPage(response, text)) return notAnEngine(operation, host, status);
  const reason = errorMessageOf(text);
  const message = `${operation}: ${reason === '' ? `${status} ${STATUS_CODES[status] ?? ''}`.trim() : reason}`;
  if (status === 400 && /client version [^ ]{1,32} is too (old|new)/i.test(reason)) {
    return new UnsupportedError(`${message} (${host})`, {
      hint: 'unset `apiVersion` and DOCKER_API_VERSION; if neither is set, update the daemon or this package',
    });
  }
  const error = new TransportError(`${message} (${host})`, {
    url: host,
    status,
    temporary: status === 429 || (status >= 502 && status <= 504),
  });
  if (status === 404) return new NotFoundError(error.message, { cause: error });
  if (status === 401 || status === 403)
    return new AuthError(error.message, { reason: 'refused', status, cause: error });
  return error;
}

/** The error for a server that responds, but is not a Docker Engine. */
export function notAnEngine(operation: string, host: string, status: number | undefined): TransportError {
  return new TransportError(`${operation}: ${host} is not a Docker Engine`, {
    url: host,
    status,
    hint: 'check `host`, DOCKER_HOST and the docker context: another program listens at this address',
  });
}

function isWebPage({ headers }: IncomingMessage, text: string): boolean {
  return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(text);
}

/** The daemon's error message: the member `message` of a JSON object, or plain text. Podman also has `cause`, which is not used. */
function errorMessageOf(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    const message = isJsonObject(parsed) ? parsed.message : undefined;
    return typeof message === 'string' ? printable(message, 500) : '';
  } catch {
    return printable(text, 500);
  }
}

async function readErrorBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early destroys the stream.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= MAX_ERROR_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ERROR_BODY_BYTES).toString('utf8');
}
