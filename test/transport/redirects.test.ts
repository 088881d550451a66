import { describe, expect, it } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { bearerRegistry, lines, recording } from '../support/servers/bearer-registry.js';
import { useServers } from '../support/servers/http-server.js';
import { canaryUser, openSession, read } from '../support/servers/session.js';
import { PUBLIC_ADDRESSES, simulatedInternetClient } from '../support/servers/simulated-internet.js';

const servers = useServers();

/** A registry that redirects everything below /v2/ to `location`. */
const redirecting = (location: () => string, status = 307) =>
  recording((request, response) => {
    if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    else response.writeHead(status, { location: location() }).end('see there');
  });

describe('a redirect', () => {
  it('R1: to another host carries neither credentials nor headers of the registry', async () => {
    let headers: unknown;
    const cdn = await servers.http(
      (request, response) => {
        headers = request.headers;
        response.end('blob');
      },
      { address: '127.0.0.2' },
    );
    const registry = await servers.http(redirecting(() => `${cdn.origin}/blob?sig=1`).listener);
    const session = openSession(registry.host, {
      auth: canaryUser,
      userAgent: 'tool/1',
      registries: { [registry.host]: { headers: { 'X-Canary': 'canary' } } },
    });
    const response = await session.request(
      read({ headers: { accept: 'a/b', range: 'bytes=1-', cookie: 'canary', 'x-own': 'canary' } }),
    );
    expect(await text(response.body)).toBe('blob');
    expect(response.url.href).toBe(`${cdn.origin}/blob?sig=1`);
    expect(headers).toEqual({
      'user-agent': 'tool/1 containerregistry/0.1.0',
      accept: 'a/b',
      range: 'bytes=1-',
      'accept-encoding': 'identity',
      host: cdn.host,
      connection: 'keep-alive',
    });
  });

  it.each(['another port', 'another scheme'])(
    'R2: to %s of the same host carries no credentials',
    async (which) => {
      const other = recording((_request, response) => response.end('x'));
      const otherServer = await servers.http(other.listener);
      const registry = redirecting(() =>
        which === 'another port' ? 'https://registry.example:444/x' : 'https://registry.example/x',
      );
      const registryServer = await servers.http(registry.listener);
      const client = simulatedInternetClient({
        'registry.example': {
          addresses: PUBLIC_ADDRESSES,
          origin: which === 'another port' ? registryServer.origin : otherServer.origin,
        },
        'registry.example:80': { addresses: PUBLIC_ADDRESSES, origin: registryServer.origin },
        'registry.example:444': { addresses: PUBLIC_ADDRESSES, origin: otherServer.origin },
      });
      if (which === 'another scheme') {
        // An insecure registry, which is found by http.
        const plain = simulatedInternetClient({
          'registry.example:81': { addresses: PUBLIC_ADDRESSES, origin: registryServer.origin },
          'registry.example': { addresses: PUBLIC_ADDRESSES, origin: otherServer.origin },
        });
        const asHttp = {
          ...plain,
          request: (request: Parameters<typeof plain.request>[0]) =>
            request.url.port === '81' && request.url.protocol === 'https:'
              ? Promise.reject(new Error('no TLS here'))
              : plain.request(request),
        };
        await openSession('registry.example:81', {
          client: asHttp,
          auth: canaryUser,
          insecure: true,
        }).request(read());
      } else await openSession('registry.example', { client, auth: canaryUser }).request(read());
      expect(registry.seen.at(-1)?.authorization).toMatch(/^Basic /);
      expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
    },
  );

  it('carries credentials within the registry', async () => {
    const { seen, listener } = recording((request, response) => {
      if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      else if (request.url === '/v2/app/x') response.writeHead(302, { location: '/v2/app/y' }).end();
      else response.end('y');
    });
    const server = await servers.http(listener);
    await openSession(server.host, { auth: canaryUser }).request(read());
    expect(lines(seen)).toEqual(['GET /v2/', 'GET /v2/app/x', 'GET /v2/app/y']);
    expect(seen[2]?.authorization).toMatch(/^Basic /);
  });

  it('R3: from https to http is refused', async () => {
    const registry = await servers.http(redirecting(() => 'http://cdn.example/x').listener);
    const client = simulatedInternetClient({
      'registry.example': { addresses: PUBLIC_ADDRESSES, origin: registry.origin },
      'cdn.example': { addresses: PUBLIC_ADDRESSES, origin: registry.origin },
    });
    await expect(openSession('registry.example', { client }).request(read())).rejects.toThrow(
      'https to http',
    );
    expect(client.sent.every(({ url }) => url.host === 'registry.example')).toBe(true);
  });

  it.each([
    ['R4', '127.0.0.1', ['127.0.0.1']],
    ['R4', '169.254.169.254', ['169.254.169.254']],
    ['R5', 'inner.example', ['10.1.2.3']],
    ['R5', 'metadata.example', ['169.254.169.254']],
    ['R5', 'mixed.example', [...PUBLIC_ADDRESSES, '127.0.0.1']],
    ['R6', '2130706433', ['127.0.0.1']],
    ['R6', '[::ffff:127.0.0.1]', ['::ffff:7f00:1']],
  ])('%s: from a public registry to %s is refused', async (_row, host, addresses) => {
    const inner = recording((_request, response) => response.end('secret'));
    const [registry, innerServer] = await Promise.all([
      servers.http(redirecting(() => `https://${host}/x`).listener),
      servers.http(inner.listener),
    ]);
    const client = simulatedInternetClient({
      'registry.example': { addresses: PUBLIC_ADDRESSES, origin: registry.origin },
      [new URL(`https://${host}`).host]: { addresses, origin: innerServer.origin },
    });
    await expect(openSession('registry.example', { client }).request(read())).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining('refused to connect'),
      temporary: false,
    });
    expect(inner.seen).toEqual([]);
  });

  it('R4: from a private registry to its private store is followed, and to metadata services never', async () => {
    const store = recording((_request, response) => response.end('blob'));
    const storeServer = await servers.http(store.listener);
    for (const [address, works] of [
      ['10.0.0.7', true],
      ['169.254.169.254', false],
    ] as const) {
      const registry = await servers.http(redirecting(() => 'https://store.corp/x').listener);
      const client = simulatedInternetClient({
        'registry.corp': { addresses: ['10.0.0.5'], origin: registry.origin },
        'store.corp': { addresses: [address], origin: storeServer.origin },
      });
      const options = openSession('registry.corp', { client }).request(read());
      if (works) expect(await text((await options).body)).toBe('blob');
      else await expect(options).rejects.toThrow('link-local');
    }
  });

  it('R4: from a public registry to a private store is followed if allowedHosts has the store', async () => {
    const store = recording((_request, response) => response.end('blob'));
    const [registry, storeServer] = await Promise.all([
      servers.http(redirecting(() => 'https://store.corp/x').listener),
      servers.http(store.listener),
    ]);
    const client = simulatedInternetClient({
      'registry.example': { addresses: PUBLIC_ADDRESSES, origin: registry.origin },
      'store.corp': { addresses: ['10.0.0.7'], origin: storeServer.origin },
    });
    const session = openSession('registry.example', { client, allowedHosts: ['store.corp'] });
    expect(await text((await session.request(read())).body)).toBe('blob');
  });

  it('R7: that leads back to itself is followed five times', async () => {
    const { seen, listener } = redirecting(() => '/v2/app/x');
    const server = await servers.http(listener);
    await expect(openSession(server.host).request(read())).rejects.toThrow('too many redirects');
    expect(lines(seen).filter((line) => line === 'GET /v2/app/x')).toHaveLength(6);
  });

  it.each(['file:///etc/passwd', 'data:text/plain,x', 'ftp://cdn.example/x', 'https://u:p@cdn.example/x'])(
    'R8: to %s is refused',
    async (location) => {
      const server = await servers.http(redirecting(() => location).listener);
      await expect(openSession(server.host).request(read())).rejects.toMatchObject({
        code: 'TRANSPORT',
        temporary: false,
      });
    },
  );

  it('R9: of an upload opens the body again, for 307 and 308 only', async () => {
    const target = recording((_request, response) => response.writeHead(201).end());
    const targetServer = await servers.http(target.listener, { address: '127.0.0.2' });
    for (const status of [307, 308, 302]) {
      let opened = 0;
      const body = { size: 4, open: () => ((opened += 1), Readable.from([Buffer.from('blob')])) };
      const server = await servers.http(redirecting(() => `${targetServer.origin}/up`, status).listener);
      const options = openSession(server.host, { auth: canaryUser }).request(
        read({ method: 'PUT', body, headers: { 'content-type': 'application/octet-stream' }, expect: [201] }),
      );
      if (status === 302) await expect(options).rejects.toMatchObject({ status: 302 });
      else expect((await options).status).toBe(201);
      expect(opened).toBe(status === 302 ? 1 : 2);
    }
    expect(target.seen.map(({ body, authorization }) => [body, authorization])).toEqual([
      ['blob', undefined],
      ['blob', undefined],
    ]);
  });

  it('is returned if its status is expected', async () => {
    const server = await servers.http(redirecting(() => '/y').listener);
    expect((await openSession(server.host).request(read({ expect: [307] }))).status).toBe(307);
  });

  it('R12: to a host with its own challenge uses an anonymous token of that host', async () => {
    const cdn = bearerRegistry({ scope: 'blob:pull' });
    const cdnServer = await servers.http(cdn.listener, { address: '127.0.0.2' });
    const { seen, listener } = bearerRegistry({
      response: (_request, response) =>
        response.writeHead(307, { location: `${cdnServer.origin}/blob` }).end(),
      token: () => ({ token: 'canary-token' }),
    });
    const server = await servers.http(listener);
    const { body } = await openSession(server.host, { auth: canaryUser }).request(read());
    expect(await text(body)).toBe('content');
    expect(cdn.seen.map(({ url, authorization }) => [url, authorization])).toEqual([
      ['/blob', undefined],
      ['/token?service=registry.test&scope=blob%3Apull', undefined],
      ['/blob', 'Bearer t1'],
    ]);
    expect(seen.at(-1)?.authorization).toBe('Bearer canary-token');
  });

  it('R15: uses the address that was checked, even if the name server then returns another', async () => {
    const registry = await servers.http(redirecting(() => `http://cdn.test:${inner.port}/x`).listener);
    const inner = await servers.http((_request, response) => response.end('blob'));
    const responses: LookupAddress[][] = [
      [{ address: '127.0.0.1', family: 4 }],
      [{ address: '169.254.169.254', family: 4 }],
    ];
    const client = newGotClient({ resolveHost: () => Promise.resolve(responses.shift() ?? []) });
    const session = openSession(registry.host, { client });
    expect(await text((await session.request(read())).body)).toBe('blob');
    await client.close();
    await expect(session.request(read())).rejects.toThrow('169.254.169.254 is link-local');
  });

  it('R15: checks the peer of a pooled connection that another request opened', async () => {
    const inner = recording((_request, response) => response.end('x'));
    const server = await servers.http(inner.listener);
    const client = newGotClient();
    const request = { method: 'GET', url: new URL(server.origin), headers: {} } as const;
    await text((await client.request(request)).body);
    const refuse = (address: string): void => {
      throw new Error(`not ${address}`);
    };
    // Another request opened the connection when the guard still allowed the address.
    const named = { ...request, url: new URL(`http://localhost:${server.port}`) };
    const lenient = newGotClient({
      resolveHost: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    await text((await lenient.request(named)).body);
    await expect(lenient.request({ ...named, guard: refuse })).rejects.toThrow('not 127.0.0.1');
    await expect(client.request({ ...request, guard: refuse })).rejects.toThrow('not 127.0.0.1');
    expect(inner.seen).toHaveLength(2);
  });
});
