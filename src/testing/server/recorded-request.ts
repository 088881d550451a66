import type { IncomingMessage } from 'node:http';

/** A request that a server received. */
export interface RecordedRequest {
  /** The method as the client sent it, in upper case for all usual clients. */
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  /** Header names are in lower case; the values of a repeated header are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Header names and values alternate, as the client sent them. */
  readonly rawHeaders: readonly string[];
  /** What the server has read of the body so far, up to 64 KiB. It grows while the body arrives. */
  readonly body: Uint8Array;
  /** The number of bytes of the body that the server has read so far. */
  readonly bodyBytes: number;
  /** The number of the connection on which the request arrived, from 1. */
  readonly connection: number;
}

/** Reads the body of a request, and records it. */
export interface RequestReader {
  readonly request: RecordedRequest;
  /** The rest of the body. */
  chunks(): AsyncGenerator<Buffer, void>;
  /** Reads until this many bytes of the body have arrived, or its end. */
  received(bytes?: number): Promise<void>;
}

const KEPT_BYTES = 64 * 1024;

export function newRequestReader(message: IncomingMessage, connection: number): RequestReader {
  const kept: Buffer[] = [];
  let bodyBytes = 0;
  const request: RecordedRequest = {
    method: message.method ?? '',
    url: message.url ?? '',
    headers: joinHeaders(message.rawHeaders),
    rawHeaders: message.rawHeaders,
    connection,
    get body() {
      return Buffer.concat(kept).subarray(0, KEPT_BYTES);
    },
    get bodyBytes() {
      return bodyBytes;
    },
  };
  const iterator = message.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;

  const next = async (): Promise<Buffer | undefined> => {
    const { done, value } = await iterator.next();
    if (done === true) return undefined;
    if (bodyBytes < KEPT_BYTES) kept.push(value);
    bodyBytes += value.length;
    return value;
  };
  return {
    request,
    async *chunks() {
      for (let chunk = await next(); chunk !== undefined; chunk = await next()) yield chunk;
    },
    async received(bytes = Infinity) {
      while (bodyBytes < bytes && (await next()) !== undefined);
    },
  };
}

function joinHeaders(raw: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return Object.fromEntries(headers);
}
