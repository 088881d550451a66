import { afterEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { HttpClient, HttpRequest } from '../../../src/transport/guard/http-client.js';
import type { GotClientOptions } from '../../../src/transport/http/client-options.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { bodyOf, useServers } from '../../support/servers/http-server.js';

const servers = useServers();
const clients: HttpClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close?.();
});

function newClient(options: GotClientOptions = {}): HttpClient {
  const client = newGotClient(options);
  clients.push(client);
  return client;
}

const get = (origin: string, rest: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url: new URL('/x?y=1', origin),
  headers: {},
  ...rest,
});

describe('newGotClient', () => {
  it('can be disposed of, and stays usable', async () => {
    const server = await servers.http((_request, response) => response.end('content'));
    const client = newGotClient();
    await client[Symbol.asyncDispose]();
    const { body } = await client.request({ method: 'GET', url: new URL(server.origin), headers: {} });
    expect(await text(body)).toBe('content');
    await client.close();
  });

  it('sends a request without extra headers and yields the raw bytes of the response', async () => {
    const seen: unknown[] = [];
    const server = await servers.http((request, response) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers });
      response.writeHead(418, { 'x-a': '1', 'content-type': 'text/plain' });
      response.end('short and stout');
    });
    const response = await newClient().request(get(server.origin, { headers: { accept: 'a/b' } }));
    expect(response.status).toBe(418);
    expect(response.headers).toMatchObject({ 'x-a': '1' });
    expect(await text(response.body)).toBe('short and stout');
    expect(seen).toEqual([
      {
        method: 'GET',
        url: '/x?y=1',
        headers: {
          host: server.host,
          accept: 'a/b',
          'accept-encoding': 'identity',
          connection: 'keep-alive',
        },
      },
    ]);
  });

  it('does not follow redirects', async () => {
    const server = await servers.http((_request, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const response = await newClient().request(get(server.origin));
    expect([response.status, response.headers.location]).toEqual([307, '/elsewhere']);
  });

  it('reuses connections, also after empty responses that are not read', async () => {
    const server = await servers.http((request, response) => {
      if (request.url === '/empty') response.writeHead(204).end();
      else
        response
          .writeHead(200, { 'content-length': '4' })
          .end(request.method === 'HEAD' ? undefined : 'body');
    });
    const client = newClient();
    await text((await client.request(get(server.origin))).body);
    await client.request(get(server.origin, { method: 'HEAD' }));
    await client.request(
      get(new URL('/empty', server.origin).href, { url: new URL('/empty', server.origin) }),
    );
    await text((await client.request(get(server.origin))).body);
    expect(server.connections()).toBe(1);
  });

  it.each([
    ['bytes', new Uint8Array([1, 2, 3]), { 'content-length': '3' }],
    [
      'a stream of known size',
      () => Readable.from([Buffer.from([1]), Buffer.from([2, 3])]),
      { 'content-length': '3' },
    ],
    [
      'a stream of unknown size',
      () => Readable.from([Buffer.from([1, 2, 3])]),
      { 'transfer-encoding': 'chunked' },
    ],
  ])('uploads %s', async (_name, body, expected) => {
    const server = await servers.http((request, response) => {
      void bodyOf(request).then((received) => {
        response.writeHead(201, { 'x-headers': JSON.stringify(request.headers) }).end(received);
      });
    });
    const headers =
      body instanceof Uint8Array || !('content-length' in expected) ? {} : { 'content-length': '3' };
    const response = await newClient().request(
      get(server.origin, { method: 'PUT', headers, body: typeof body === 'function' ? body() : body }),
    );
    expect(JSON.parse(response.headers['x-headers']!)).toMatchObject(expected);
    expect([...(await buffer(response.body))]).toEqual([1, 2, 3]);
  });

  it('sends a length of 0 with a POST that has no body', async () => {
    const server = await servers.http((request, response) => {
      response.end(request.headers['content-length']);
    });
    const response = await newClient().request(get(server.origin, { method: 'POST' }));
    expect(await text(response.body)).toBe('0');
  });

  it('T18: returns an encoded body as it was sent, with its Content-Encoding', async () => {
    const encoded = gzipSync('x');
    const server = await servers.http((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(encoded);
    });
    const { headers, body } = await newClient().request(get(server.origin));
    expect(headers['content-encoding']).toBe('gzip');
    expect(await buffer(body)).toEqual(encoded);
  });

  it('fails if a body does not have the announced size', async () => {
    const server = await servers.http((request, response) => {
      request.resume();
      request.once('end', () => response.end());
    });
    const client = newClient();
    for (const [size, code] of [
      [2, 'SIZE_MISMATCH'],
      [4, 'SIZE_MISMATCH'],
    ] as const) {
      const body = Readable.from([Buffer.from([1, 2, 3])]);
      const request = get(server.origin, {
        method: 'PUT',
        headers: { 'content-length': String(size) },
        body,
      });
      await expect(client.request(request)).rejects.toMatchObject({ code });
      expect(body.destroyed).toBe(true);
    }
  });

  it('passes on an error of the request body as it is', async () => {
    const server = await servers.http((request) => void request.resume());
    const error = new Error('source broke');
    const body = new Readable({
      read() {
        this.destroy(error);
      },
    });
    await expect(newClient().request(get(server.origin, { method: 'PUT', body }))).rejects.toBe(error);
  });

  it('returns a response that comes in the middle of an upload, and ends the upload', async () => {
    const server = await servers.http((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('no');
    });
    let produced = 0;
    const body = new Readable({
      read() {
        produced += 1;
        this.push(Buffer.alloc(64 * 1024));
      },
    });
    const response = await newClient().request(get(server.origin, { method: 'PATCH', body }));
    expect(response.status).toBe(401);
    expect(await text(response.body)).toBe('no');
    expect(body.destroyed).toBe(true);
    expect(produced).toBeGreaterThan(0);
  });

  it('T12: fails if a body ends before its announced length', async () => {
    const server = await servers.raw((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
    });
    const response = await newClient().request(get(server.origin));
    await expect(text(response.body)).rejects.toMatchObject({ code: 'TRANSPORT', temporary: true });
  });

  it('T1: reports a reset connection as temporary', async () => {
    const server = await servers.raw((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    await expect(newClient().request(get(server.origin))).rejects.toMatchObject({
      code: 'TRANSPORT',
      temporary: true,
      cause: { code: 'ECONNRESET' },
    });
  });

  it('reports a reset connection in the middle of a body as temporary', async () => {
    const server = await servers.raw((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', () => socket.resetAndDestroy());
      });
    });
    const outcome = newClient()
      .request(get(server.origin))
      .then((response) => text(response.body));
    await expect(outcome).rejects.toMatchObject({ code: 'TRANSPORT', temporary: true });
  });
});
