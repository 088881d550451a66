import { describe, expect, it } from '@jest/globals';
import { newRegistry } from '../../../src/name/registry.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { ping } from '../../../src/transport/ping-registry.js';
import type { SessionOptions } from '../../../src/transport/settings/session-options.js';
import { lines, recording } from '../../support/servers/bearer-registry.js';
import { certificates } from '../../support/servers/certificates.js';
import { fakeClock } from '../../support/tools/fake-clock.js';
import { useServers } from '../../support/servers/http-server.js';
import { PUBLIC_ADDRESSES, simulatedInternetClient } from '../../support/servers/simulated-internet.js';

const servers = useServers();

const ask = (host: string, options: SessionOptions & { signal?: AbortSignal; marked?: boolean } = {}) =>
  ping(newRegistry(host, { insecure: options.marked === true }), {
    client: newGotClient(),
    clock: fakeClock(),
    ...options,
  });

describe('ping', () => {
  it('finds out how a registry authenticates clients', async () => {
    const { listener } = recording((_request, response) => {
      response
        .writeHead(401, { 'www-authenticate': 'Basic realm="b", Bearer realm="https://a/t",service="s"' })
        .end();
    });
    const server = await servers.http(listener);
    const { base, challenge } = await ask(server.host);
    expect(base.href).toBe(`${server.origin}/`);
    expect([challenge?.scheme, Object.fromEntries(challenge?.parameters ?? [])]).toEqual([
      'bearer',
      { realm: 'https://a/t', service: 's' },
    ]);
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['an empty page', 200, {}, ''],
    ['JSON', 200, { 'content-type': 'application/json' }, '{}'],
    [
      'a web page with the version header of a registry',
      200,
      { 'docker-distribution-api-version': 'registry/2.0' },
      '<html>',
    ],
    ['404 with the version header', 404, { 'docker-distribution-api-version': 'registry/2.0' }, ''],
    ['403 with an error of the protocol', 403, {}, '{"errors":[{"code":"DENIED","message":"no"}]}'],
    ['401 without a challenge', 401, {}, ''],
  ])('accepts %s as a registry', async (_name, status, headers, body) => {
    const server = await servers.http((_request, response) => response.writeHead(status, headers).end(body));
    expect((await ask(server.host)).challenge).toBeUndefined();
  });

  it.each<[string, number, Record<string, string>, string]>([
    [
      'a login page',
      200,
      { 'content-type': 'text/html; charset=utf-8' },
      `<html>\u001b[31mlog\nin${'!'.repeat(5000)}`,
    ],
    ['a page without a content type', 200, {}, ' <!doctype html>'],
    ['404', 404, {}, 'nothing here'],
    ['403', 403, { 'content-type': 'text/html' }, '<html>'],
  ])('L13: does not accept %s as a registry', async (_name, status, headers, body) => {
    const server = await servers.http((_request, response) => response.writeHead(status, headers).end(body));
    const error: unknown = await ask(server.host).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'TRANSPORT',
      status,
      message: expect.stringContaining(`GET ${server.origin}/v2/: not a registry: status ${status}`),
      hint: expect.stringContaining('check the name of the registry'),
    });
    // eslint-disable-next-line no-control-regex -- the test looks for control characters
    expect((error as Error).message).toMatch(/^[^\u0000-\u001f]{1,400}$/);
  });

  it('L20: reads only a bounded part of an endless page', async () => {
    let sent = 0;
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const server = await servers.http((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'a'))) sent += 64 * 1024;
      };
      response.on('drain', more).once('close', () => {
        closed();
      });
      more();
    });
    await ask(server.host);
    await gone;
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('tries again if the registry is busy', async () => {
    let failures = 2;
    const server = await servers.http((_request, response) =>
      response.writeHead(failures-- > 0 ? 503 : 200).end(),
    );
    const clock = fakeClock();
    await ask(server.host, { clock });
    expect(clock.sleeps).toHaveLength(2);
  });

  it('says that the connection was refused', async () => {
    const server = await servers.http(() => undefined);
    await server.close();
    const clock = fakeClock();
    await expect(ask(server.host, { clock })).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `GET ${server.origin}/v2/: connection refused`,
      hint: expect.stringContaining('check the name and port'),
    });
    expect(clock.sleeps).toHaveLength(2);
  });

  it('stops if it is aborted, with the reason of the abort', async () => {
    const server = await servers.http(() => undefined);
    const controller = new AbortController();
    const options = ask(server.host, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(options).rejects.toThrow('enough');
  });

  it('follows a redirect to the same host', async () => {
    const { seen, listener } = recording((request, response) => {
      if (request.url === '/v2/') response.writeHead(301, { location: '/v2/here' }).end();
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    });
    const server = await servers.http(listener);
    expect((await ask(server.host)).challenge?.scheme).toBe('basic');
    expect(lines(seen)).toEqual(['GET /v2/', 'GET /v2/here']);
  });
});

describe('ping by http and https', () => {
  it('asks a loopback registry once, by http', async () => {
    const { seen, listener } = recording((_request, response) => response.end());
    const server = await servers.http(listener);
    expect((await ask(server.host)).base.protocol).toBe('http:');
    expect([seen.length, server.connections()]).toEqual([1, 1]);
  });

  it('finds a loopback registry that speaks TLS', async () => {
    const { ca, server: pair } = await certificates();
    const server = await servers.http((_request, response) => response.end(), { tls: pair });
    const { base } = await ask(`localhost:${server.port}`, {
      registries: { [`localhost:${server.port}`]: { ca } },
    });
    expect(base.protocol).toBe('https:');
  });

  it('finds a TLS registry whose response to plain http is an explanation', async () => {
    const { ca, server: pair } = await certificates();
    const secure = await servers.http((_request, response) => response.end(), { tls: pair });
    // Servers written in Go respond to plain http on a TLS port with 400.
    const { default: net } = await import('node:net');
    const front = await servers.raw((socket) => {
      socket.once('data', (first) => {
        if (first[0] !== 22) {
          socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
          return;
        }
        const back = net.connect(secure.port, '127.0.0.1');
        back.write(first);
        socket.on('data', (data) => back.write(data)).once('close', () => back.destroy());
        back.on('data', (data) => socket.write(data)).once('close', () => socket.destroy());
      });
    });
    const { base } = await ask(`localhost:${front.port}`, {
      registries: { [`localhost:${front.port}`]: { ca } },
    });
    expect(base.protocol).toBe('https:');
  });

  it('T3: fails if the certificate is of an unknown authority, without retries, and with a hint', async () => {
    const { server: pair } = await certificates();
    const server = await servers.http((_request, response) => response.end(), { tls: pair });
    const clock = fakeClock();
    await expect(ask(`localhost:${server.port}`, { clock })).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining('certificate'),
      hint: expect.stringContaining('`ca`'),
      temporary: false,
    });
    expect(clock.sleeps).toEqual([]);
  });

  it('T3: never uses http after TLS failed, unless the registry is insecure', async () => {
    const { seen, listener } = recording((_request, response) => response.end());
    const plain = await servers.http(listener);
    const client = newGotClient({
      resolveHost: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    await expect(ask(`registry.test:${plain.port}`, { client })).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining('no TLS on this port'),
      hint: expect.stringContaining('insecure'),
    });
    expect(seen).toEqual([]);
    for (const options of [
      { insecure: true },
      { marked: true },
      { registries: { [`registry.test:${plain.port}`]: { insecure: true } } },
    ]) {
      expect((await ask(`registry.test:${plain.port}`, { client, ...options })).base.protocol).toBe('http:');
    }
    await expect(
      ask(`registry.test:${plain.port}`, { client, registries: { 'other.test': { insecure: true } } }),
    ).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it('C7: accepts any certificate only of a registry that is marked insecure', async () => {
    const { server: pair } = await certificates();
    const { seen, listener } = recording((_request, response) => response.end());
    const server = await servers.http(listener, { tls: pair });
    const host = `localhost:${server.port}`;
    const client = newGotClient();
    expect((await ask(host, { client, registries: { [host]: { insecure: true } } })).base.protocol).toBe(
      'https:',
    );
    await expect(
      ask(host, { client, registries: { 'localhost:1': { insecure: true } } }),
    ).rejects.toMatchObject({
      code: 'TRANSPORT',
    });
    expect(lines(seen)).toEqual(['GET /v2/']);
  });

  it('T2: fails at once if the host does not exist, and retries if the name server fails', async () => {
    for (const [code, sleeps] of [
      ['ENOTFOUND', 0],
      ['EAI_AGAIN', 4],
    ] as const) {
      const clock = fakeClock();
      const failure: NodeJS.ErrnoException = new Error(`getaddrinfo ${code}`);
      failure.code = code;
      const client = newGotClient({ resolveHost: () => Promise.reject(failure) });
      await expect(ask('registry.test', { client, clock })).rejects.toMatchObject({ code: 'TRANSPORT' });
      expect(clock.sleeps).toHaveLength(sleeps);
    }
  });

  it('R3: follows no redirect from https to http', async () => {
    const server = await servers.http((_request, response) => {
      response.writeHead(302, { location: 'http://elsewhere.example/v2/' }).end();
    });
    const client = simulatedInternetClient({
      'registry.example': { addresses: PUBLIC_ADDRESSES, origin: server.origin },
    });
    await expect(ask('registry.example', { client })).rejects.toThrow('https to http');
    expect(client.sent).toHaveLength(1);
  });
});

it('C7: invalid certificates and keys are refused before anything is sent', async () => {
  const { server: pair } = await certificates();
  for (const settings of [
    { ca: 'canary' },
    { ca: '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----' },
    { cert: pair.cert },
    { cert: pair.cert, key: 'canary' },
    { cert: 'canary', key: pair.key },
  ]) {
    await expect(ask('localhost:1', { registries: { 'localhost:1': settings } })).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.not.stringContaining('canary'),
    });
  }
});
