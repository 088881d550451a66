import type { IncomingMessage } from 'node:http';

/** A request as a server saw it. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  /** Lower-case names; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  /** The first 64 KiB that were read of the body so far. */
  readonly body: Uint8Array;
  /** Bytes that were read of the body so far. */
  readonly bodyBytes: number;
  /** Which of the server's connections it came over, from 1. */
  readonly connection: number;
}

/** A request that is being read. */
export interface Intake {
  readonly request: RecordedRequest;
  /** The rest of the body, noted as it passes. */
  chunks(): AsyncGenerator<Buffer, void>;
  /** Reads until so many bytes of the body have come, or its end. */
  received(bytes?: number): Promise<void>;
}

const KEPT = 64 * 1024;

export function intakeOf(message: IncomingMessage, connection: number): Intake {
  const kept: Buffer[] = [];
  let bodyBytes = 0;
  const request: RecordedRequest = {
    method: message.method ?? '',
    url: message.url ?? '',
    headers: joined(message.rawHeaders),
    rawHeaders: message.rawHeaders,
    connection,
    get body() {
      return Buffer.concat(kept).subarray(0, KEPT);
    },
    get bodyBytes() {
      return bodyBytes;
    },
  };
  const iterator = message.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;

  const next = async (): Promise<Buffer | undefined> => {
    const { done, value } = await iterator.next();
    if (done === true) return undefined;
    if (bodyBytes < KEPT) kept.push(value);
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

function joined(raw: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
}
