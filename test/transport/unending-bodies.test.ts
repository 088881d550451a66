import { describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { isContainerError } from '../../src/errors/base.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { useServers } from '../support/servers/http-server.js';
import { openSession, read } from '../support/servers/session.js';

const servers = useServers();

/** Bodies that do not end as they should. All begin with valid gzip. */
const bodies: Readonly<Record<string, (response: ServerResponse) => void>> = {
  stalls: (response) => response.write(gzipSync('{"errors":[').subarray(0, 12)),
  drips: (response) => {
    response.write(gzipSync('{').subarray(0, 12));
    const timer = setInterval(() => response.write('a'), 5);
    response.once('close', () => {
      clearInterval(timer);
    });
  },
  'never ends': (response) => {
    const go = (): void => {
      while (!response.destroyed && response.write(gzipSync('')));
      if (!response.destroyed) response.once('drain', go);
    };
    go();
  },
};

/** The responses with such a body: their status and headers, by path. */
const places: Readonly<Record<string, Readonly<Record<string, readonly [number, Record<string, string>]>>>> =
  {
    'a ping': { '/v2/': [404, {}] },
    'a ping that failed for the moment': { '/v2/': [503, {}] },
    'a ping that asks for credentials': { '/v2/': [401, { 'www-authenticate': 'Basic realm="x"' }] },
    'an error': { '/v2/app/x': [500, {}] },
    'a response that was not found': { '/v2/app/x': [404, {}] },
    'a redirect': { '/v2/app/x': [307, { location: '/v2/app/y' }], '/v2/app/y': [404, {}] },
    'a challenge': { '/v2/app/x': [401, { 'www-authenticate': 'Basic realm="x"' }] },
    'a token': {
      '/v2/': [401, { 'www-authenticate': 'Bearer realm="/token",service="s"' }],
      '/token?service=s&scope=repository%3Aapp%3Apull': [200, {}],
    },
    'a refused token': {
      '/v2/': [401, { 'www-authenticate': 'Bearer realm="/token",service="s"' }],
      '/token?service=s&scope=repository%3Aapp%3Apull': [403, {}],
    },
    'a document': { '/v2/app/x': [200, {}] },
  };

describe('a body that breaks off before it is read', () => {
  it('G4: fails only its own request', async () => {
    const server = await servers.raw((socket) => {
      // What follows the body is not HTTP, which Node's parser reports as an error of the response.
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc', () => socket.destroy()),
      );
    });
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', note);
    const { body } = await newGotClient().request({
      method: 'GET',
      url: new URL(server.origin),
      headers: {},
    });
    await new Promise((resolve) => {
      body.once('close', resolve);
      // A reader that has not finished its first step.
      body.read();
    });
    process.off('uncaughtException', note);
    expect(uncaught).toEqual([]);
    expect(isContainerError(body.errored)).toBe(true);
  });
});

describe.each(Object.keys(places))('an encoded body of %s', (place) => {
  it.each(Object.keys(bodies))('G2: fails if it %s', async (kind) => {
    const server = await servers.http((request, response) => {
      const [status, headers] = places[place]?.[request.url ?? ''] ?? [];
      if (status === undefined) {
        response.end('{}');
        return;
      }
      response.writeHead(status, {
        ...headers,
        'content-encoding': 'gzip',
        'content-type': 'application/json',
      });
      bodies[kind]?.(response);
    });
    const client = newGotClient({ idleTimeoutMs: 100, minRateWindowMs: 50, minBytesPerSecond: 100_000 });
    const session = openSession(server.host, { client, retry: { attempts: 1 } });
    const document = { maxBytes: 100_000, option: 'maxManifestBytes', subject: 'manifest' };
    const outcome: unknown = await session.request(read({ document })).catch((error: unknown) => error);
    // Other tests check whether it succeeds or fails. Here it must only settle.
    expect(isContainerError(outcome) || typeof outcome === 'object').toBe(true);
    // The connection with the unending body is closed.
    while (server.open() > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});
