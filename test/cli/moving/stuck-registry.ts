import type { IncomingMessage, ServerResponse } from 'node:http';
import { newRegistry } from '../../../src/registry/registry.js';
import type { Layer } from '../../../src/v1/layer.js';
import type { useServers } from '../../support/servers/http-server.js';

/** A registry that stops in the middle of every upload, or of the download of one layer. */
export async function startStuckRegistry(
  servers: ReturnType<typeof useServers>,
  layer?: Layer,
): Promise<{ host: string; stuck: Promise<void> }> {
  const inner = newRegistry();
  const digest = await layer?.digest();
  const size = await layer?.size();
  let tell = (): void => undefined;
  const stuck = new Promise<void>((resolve) => (tell = resolve));
  const server = await servers.http((request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '' } = request;
    if (method === 'GET' && digest !== undefined && url.endsWith(`/blobs/${digest}`)) {
      // Only the first half of the body arrives.
      response
        .writeHead(200, { 'content-length': size })
        .write(Buffer.alloc(Math.floor((size ?? 0) / 2)), tell);
      return;
    }
    if (layer === undefined && (method === 'PATCH' || (method === 'PUT' && url.includes('/blobs/')))) {
      request.once('readable', tell);
      return;
    }
    inner(request, response);
  });
  return { host: server.host, stuck };
}
