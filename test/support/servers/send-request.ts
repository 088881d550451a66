import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON. */
  json(): unknown;
}

export interface HttpRequestOptions {
  readonly method?: string | undefined;
  readonly headers?: OutgoingHttpHeaders | undefined;
  /** Sent with a `Content-Length`; as a list of chunks, without. */
  readonly body?: Uint8Array | string | readonly Uint8Array[] | undefined;
}

/** Opens a connection for each request, so that none stays open after a test. */
const agent = new Agent({ keepAlive: false });

/** Sends one HTTP request: no header is added, no redirect is followed, nothing is decoded, the path is not normalized. */
export async function sendRequest(
  base: string,
  path: string,
  options: HttpRequestOptions = {},
): Promise<HttpResponse> {
  const { method = 'GET', body } = options;
  const hasLength = typeof body === 'string' || body instanceof Uint8Array;
  // Node leaves the length out for methods that usually have no body.
  const headers = { ...(hasLength ? { 'Content-Length': Buffer.byteLength(body) } : {}), ...options.headers };
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
