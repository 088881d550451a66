import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON. */
  json(): unknown;
}

export interface Question {
  readonly method?: string | undefined;
  readonly headers?: OutgoingHttpHeaders | undefined;
  /** Sent with a `Content-Length`; as a list of chunks, without. */
  readonly body?: Uint8Array | string | readonly Uint8Array[] | undefined;
}

/** A connection for each request: nothing stays open behind a test. */
const agent = new Agent({ keepAlive: false });

/** One plain HTTP request with nothing added, followed or decoded; the path is sent as it is written. */
export async function ask(base: string, path: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', body } = question;
  const isWhole = typeof body === 'string' || body instanceof Uint8Array;
  // Node leaves the length out for methods that mostly have no body.
  const headers = { ...(isWhole ? { 'Content-Length': Buffer.byteLength(body) } : {}), ...question.headers };
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, hostname, port, path, method, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        const content = Buffer.concat(chunks);
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: content,
          json: () => JSON.parse(content.toString()) as unknown,
        });
      });
    });
    outgoing.once('error', reject);
    if (Array.isArray(body)) {
      for (const chunk of body as readonly Uint8Array[]) outgoing.write(chunk);
      outgoing.end();
    } else {
      outgoing.end(body);
    }
  });
}
