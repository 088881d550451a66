import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ListenOptions, TestServer } from './http-server.js';
import { sendJson } from './http-server.js';

/** A request as the server saw it. */
export interface SeenRequest {
  /** Such as `GET /v2/app/manifests/v1`. */
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ContentServer extends TestServer {
  readonly seen: SeenRequest[];
  /** Lines without the ping. */
  lines(): string[];
}

export interface ContentOptions extends ListenOptions {
  /** Manifests by `repository:tag`; the server has them by their digests too. */
  readonly manifests?: Readonly<Record<string, string>>;
  /** Blobs by repository. */
  readonly blobs?: Readonly<Record<string, readonly Buffer[]>>;
  /** Responds instead of the server; returns whether it did. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export const digestOf = (content: string | Buffer): string =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`;

interface Starter {
  http(
    handler: (request: IncomingMessage, response: ServerResponse) => void,
    options?: ListenOptions,
  ): Promise<TestServer>;
}

/** Starts a registry that serves a few manifests and blobs, and records the requests. */
export async function startContent(servers: Starter, options: ContentOptions = {}): Promise<ContentServer> {
  const { manifests = {}, blobs = {}, instead = () => false, ...listen } = options;
  const seen: SeenRequest[] = [];
  const contents = new Map<string, Buffer>();
  for (const [name, text] of Object.entries(manifests)) {
    const [repository = '', tag = ''] = name.split(':');
    contents.set(`/v2/${repository}/manifests/${tag}`, Buffer.from(text));
    contents.set(`/v2/${repository}/manifests/${digestOf(text)}`, Buffer.from(text));
  }
  for (const [repository, all] of Object.entries(blobs)) {
    for (const blob of all) contents.set(`/v2/${repository}/blobs/${digestOf(blob)}`, blob);
  }
  const server = await servers.http((request, response) => {
    const { method = '', url = '', headers } = request;
    seen.push({ line: `${method} ${url}`, headers });
    request.resume();
    if (instead(request, response)) return;
    const content = contents.get(url);
    if (url === '/v2/') sendJson(response, 200, {});
    else if (content === undefined) sendJson(response, 404, { errors: [{ code: 'NOT_HERE' }] });
    else {
      const manifest = url.includes('/manifests/');
      response.writeHead(200, {
        'content-type': manifest ? 'application/vnd.oci.image.manifest.v1+json' : 'application/octet-stream',
        'content-length': content.length,
        'docker-content-digest': digestOf(content),
      });
      response.end(method === 'HEAD' ? undefined : content);
    }
  }, listen);
  return {
    ...server,
    seen,
    lines: () => seen.map(({ line }) => line).filter((line) => line !== 'GET /v2/'),
  };
}
