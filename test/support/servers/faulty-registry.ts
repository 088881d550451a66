import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, type useServers } from './http-server.js';

/** A registry with one repository that keeps one upload at a time; `faults` can respond before it does. */
export interface FaultyRegistry {
  readonly host: string;
  readonly log: string[];
  /** Bytes that arrived in bodies. */
  readonly received: () => number;
  readonly stored: Map<string, Buffer>;
  /** The bytes of the open upload; undefined without one. */
  held: Buffer | undefined;
}

/** Responds instead of the registry if it returns true. */
export type Fault = (
  registry: FaultyRegistry,
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | Promise<boolean>;

/** By method: what happens to its first request, its second, and so on. */
export type Faults = Readonly<Record<string, readonly (Fault | undefined)[]>>;

export async function startFaultyRegistry(
  servers: ReturnType<typeof useServers>,
  faults: Faults,
): Promise<FaultyRegistry> {
  const counts = new Map<string, number>();
  let received = 0;
  let sessions = 0;
  const registry = {
    host: '',
    log: [] as string[],
    received: () => received,
    stored: new Map<string, Buffer>(),
    held: undefined as Buffer | undefined,
  };
  const server = await servers.http((request, response) => {
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => (received += chunk.length));
    request.pause();
    void respond(request, response);
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request;
    if (url === '/v2/') return void response.end();
    if (url.startsWith('/token')) return void response.end('{"token":"t"}');
    registry.log.push(
      `${method} ${url.replace('/v2/app/blobs', '').replace(/sha256(:|%3A)[0-9a-f]{64}/, 'D')}`,
    );
    const kind = method === 'HEAD' ? 'HEAD' : method;
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    const fault = faults[kind]?.[count];
    if (fault !== undefined && (await fault(registry, request, response))) return;
    if (method === 'HEAD')
      return void response.writeHead(registry.stored.has(url.slice(14)) ? 200 : 404).end();
    if (method === 'POST') {
      registry.held = Buffer.alloc(0);
      sessions += 1;
      return void response
        .writeHead(202, { location: `/v2/app/blobs/uploads/${sessions}?_state=x%2B1` })
        .end();
    }
    if (registry.held === undefined) return void sendError(response, 404, 'BLOB_UPLOAD_UNKNOWN');
    const location = `/v2/app/blobs/uploads/${sessions}?_state=x%2B1`;
    const range = { location, range: `0-${Math.max(registry.held.length - 1, 0)}` };
    if (method === 'GET') return void response.writeHead(204, range).end();
    if (method === 'DELETE') {
      registry.held = undefined;
      return void response.writeHead(204).end();
    }
    const body = await bodyOf(request);
    const start = /^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== registry.held.length)
      return void response.writeHead(416, range).end();
    registry.held = Buffer.concat([registry.held, body]);
    if (method === 'PATCH') {
      return void response.writeHead(202, { location, range: `0-${registry.held.length - 1}` }).end();
    }
    const name = new URL(url, 'http://x').searchParams.get('digest') ?? '';
    if (`sha256:${createHash('sha256').update(registry.held).digest('hex')}` !== name) {
      return void sendError(response, 400, 'DIGEST_INVALID');
    }
    registry.stored.set(name, registry.held);
    registry.held = undefined;
    response.writeHead(201, { location: `/v2/app/blobs/${name}`, 'docker-content-digest': name }).end();
  };
  registry.host = server.host;
  return registry;
}

export function sendError(response: ServerResponse, status: number, code: string): true {
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ errors: [{ code }] }));
  return true;
}

/** Keeps the first bytes of a body, then resets the connection. */
export const cutAfter =
  (bytes: number): Fault =>
  async (registry, request) => {
    const { socket } = request;
    let kept = registry.held ?? Buffer.alloc(0);
    const end = kept.length + bytes;
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      kept = Buffer.concat([kept, chunk]).subarray(0, end);
      if (kept.length === end) break;
    }
    registry.held = kept;
    socket.resetAndDestroy();
    return true;
  };
export const status =
  (code: number, error = 'UNKNOWN'): Fault =>
  (_registry, request, response) => {
    request.resume();
    return sendError(response, code, error);
  };
