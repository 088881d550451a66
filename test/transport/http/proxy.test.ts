import { describe, expect, it } from '@jest/globals';
import http from 'node:http';
import net, { type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { resolveClientOptions } from '../../../src/transport/http/client-options.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { proxyFromEnvironment } from '../../../src/transport/http/proxy.js';
import { certificates } from '../../support/servers/certificates.js';
import { useServers } from '../../support/servers/http-server.js';

const servers = useServers();

/** Runs a function with these environment variables only. */
function withEnvironment<T>(values: Record<string, string>, run: () => T): T {
  const before = { ...process.env };
  process.env = Object.fromEntries(Object.entries(before).filter(([name]) => !/proxy$/i.test(name)));
  Object.entries(values).forEach(([name, value]) => (process.env[name] = value));
  try {
    return run();
  } finally {
    process.env = before;
  }
}

/** A proxy that sends all requests to one port of loopback, and records them. */
async function proxyTo(port: number, password?: string) {
  const requests: { line: string; authorization: string | undefined }[] = [];
  const wanted = password && `Basic ${Buffer.from(password).toString('base64')}`;
  const note = (request: http.IncomingMessage): boolean => {
    const authorization = request.headers['proxy-authorization'];
    requests.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, authorization });
    return wanted === undefined || authorization === wanted;
  };
  const server = await servers.http((request, response) => {
    if (!note(request)) {
      response.writeHead(407).end();
      return;
    }
    const { 'proxy-authorization': _secret, ...headers } = request.headers;
    http.get({ port, path: new URL(request.url ?? '').pathname, headers }, (upstream) => {
      response.writeHead(upstream.statusCode ?? 0, upstream.headers);
      upstream.on('data', (data) => response.write(data)).once('end', () => response.end());
    });
  });
  server.emitter.on('connect', (request: http.IncomingMessage, socket: Socket) => {
    if (!note(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const back = net.connect(port, '127.0.0.1', () =>
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n'),
    );
    socket.on('data', (data) => back.write(data)).once('close', () => back.destroy());
    back.on('data', (data) => socket.write(data)).once('close', () => socket.destroy());
    back.on('error', () => undefined);
  });
  return { requests, host: server.host };
}

const get = (url: string, rest = {}) => ({ method: 'GET' as const, url: new URL(url), headers: {}, ...rest });

describe('T20: a proxy of the environment', () => {
  it('opens a tunnel for https, and no other server sees its credentials', async () => {
    const { ca, server: pair } = await certificates();
    let headers: unknown;
    const origin = await servers.http(
      (request, response) => {
        headers = request.headers;
        response.end('secure');
      },
      { tls: pair },
    );
    const proxy = await proxyTo(origin.port, 'me:pass word');
    const client = withEnvironment({ HTTPS_PROXY: `http://me:pass%20word@${proxy.host}` }, () =>
      newGotClient(),
    );
    const url = `https://registry.test:${origin.port}/`;
    // The certificate is for localhost, so the target of the tunnel has that name.
    await expect(client.request(get(url, { tls: { ca } }))).rejects.toThrow('another host');
    const tls = { insecureSkipVerify: true };
    expect(await text((await client.request(get(url, { tls }))).body)).toBe('secure');
    expect(await text((await client.request(get(url, { tls }))).body)).toBe('secure');
    const authorization = `Basic ${Buffer.from('me:pass word').toString('base64')}`;
    expect(proxy.requests).toEqual([
      { line: `CONNECT registry.test:${origin.port}`, authorization },
      { line: `CONNECT registry.test:${origin.port}`, authorization },
    ]);
    expect(Object.keys(headers as object)).not.toContain('proxy-authorization');
  });

  it('gets the complete URL for http', async () => {
    let headers: http.IncomingHttpHeaders = {};
    const origin = await servers.http((request, response) => {
      headers = request.headers;
      response.end('plain');
    });
    const proxy = await proxyTo(origin.port, 'me:secret');
    const client = withEnvironment({ http_proxy: `me:secret@${proxy.host}` }, () => newGotClient());
    expect(await text((await client.request(get('http://registry.test/x?y'))).body)).toBe('plain');
    expect(proxy.requests.map(({ line }) => line)).toEqual(['GET http://registry.test/x?y']);
    expect([headers.host, headers['proxy-authorization']]).toEqual(['registry.test', undefined]);
  });

  it('is named in the error if it requires credentials, for http and https', async () => {
    const proxy = await proxyTo(1, 'me:secret');
    const client = withEnvironment({ ALL_PROXY: `http://me:canary@${proxy.host}` }, () => newGotClient());
    for (const url of ['http://registry.test/', 'https://registry.test/']) {
      const sent = client.request(get(url));
      await expect(sent).rejects.toMatchObject({
        code: 'AUTH',
        message: `the proxy ${proxy.host} asks for credentials`,
        hint: expect.not.stringContaining('canary'),
      });
    }
  });

  it('is reported if it refuses the connection', async () => {
    const proxy = await servers.raw(
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')),
    );
    const client = withEnvironment({ HTTPS_PROXY: `http://${proxy.host}` }, () => newGotClient());
    await expect(client.request(get('https://registry.test/'))).rejects.toMatchObject({
      code: 'TRANSPORT',
      status: 403,
    });
  });

  it('makes the request fail in time if it does not respond', async () => {
    const proxy = await servers.raw(() => undefined);
    const client = withEnvironment({ HTTPS_PROXY: `http://${proxy.host}` }, () =>
      newGotClient({ connectTimeoutMs: 50 }),
    );
    await expect(client.request(get('https://registry.test/'))).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringMatching(/cannot reach the proxy \S+: timed out/),
    });
  });

  it('gets no request for addresses that the guard refuses', async () => {
    const proxy = await proxyTo(1);
    const client = withEnvironment({ ALL_PROXY: `http://${proxy.host}` }, () => newGotClient());
    const guard = (): void => {
      throw new Error('refused');
    };
    await expect(client.request(get('http://169.254.169.254/', { guard }))).rejects.toThrow('refused');
    expect(proxy.requests).toEqual([]);
  });

  it('is replaced by the `proxy` of the client, whose `ca` holds for every host', async () => {
    const { ca, server: pair } = await certificates();
    const origin = await servers.http((_request, response) => response.end('secure'), { tls: pair });
    const proxy = await proxyTo(origin.port, 'me:secret');
    const client = withEnvironment({ HTTPS_PROXY: 'http://unused.test', NO_PROXY: '*' }, () =>
      newGotClient({ proxy: `http://me:secret@${proxy.host}`, ca }),
    );
    const trusted = get('https://registry.test/', { tls: { ca: ca.replace(/\n$/, '') } });
    // The certificate is for localhost, so the name is refused, and not the authority.
    await expect(client.request(trusted)).rejects.toThrow('another host');
    expect(proxy.requests).toHaveLength(1);
    const direct = newGotClient({ ca });
    const { body } = await direct.request(get(`https://localhost:${origin.port}/`));
    expect(await text(body)).toBe('secure');
    await Promise.all([client.close(), direct.close()]);
  });

  it('can be ignored', () => {
    const resolved = withEnvironment({ HTTPS_PROXY: 'http://proxy.test' }, () =>
      resolveClientOptions({ proxyFromEnvironment: false }),
    );
    expect(resolved.chooseProxy(new URL('https://registry.test'))).toBeUndefined();
  });
});

describe('proxyFromEnvironment', () => {
  const chosen = (environment: Record<string, string>, url: string) =>
    proxyFromEnvironment(environment)(new URL(url))?.url.href;

  it.each<[Record<string, string>, string, string | undefined]>([
    [{}, 'https://a.test', undefined],
    [{ HTTPS_PROXY: 'http://p.test:1' }, 'https://a.test', 'http://p.test:1/'],
    [{ HTTPS_PROXY: 'http://p.test:1' }, 'http://a.test', undefined],
    [{ https_proxy: 'p.test:1' }, 'https://a.test', 'http://p.test:1/'],
    [{ HTTP_PROXY: 'http://p.test' }, 'http://a.test', 'http://p.test/'],
    [{ HTTP_PROXY: 'http://p.test', REQUEST_METHOD: 'GET' }, 'http://a.test', undefined],
    [{ ALL_PROXY: 'https://p.test' }, 'http://a.test', 'https://p.test/'],
    [{ ALL_PROXY: 'http://all.test', HTTPS_PROXY: 'http://p.test' }, 'https://a.test', 'http://p.test/'],
    [{ HTTPS_PROXY: '', https_proxy: 'http://p.test' }, 'https://a.test', 'http://p.test/'],
    [{ HTTP_PROXY: ' ', http_proxy: 'http://p.test' }, 'http://a.test', 'http://p.test/'],
    [{ ALL_PROXY: '', all_proxy: 'http://p.test' }, 'http://a.test', 'http://p.test/'],
    [{ HTTPS_PROXY: '', ALL_PROXY: 'http://p.test' }, 'https://a.test', 'http://p.test/'],
    [{ HTTPS_PROXY: 'http://up.test', https_proxy: 'http://low.test' }, 'https://a.test', 'http://up.test/'],
    [{ ALL_PROXY: 'http://p.test', NO_PROXY: '', no_proxy: 'a.test' }, 'https://a.test', undefined],
    [{ ALL_PROXY: 'http://p.test' }, 'http://localhost:5000', undefined],
    [{ ALL_PROXY: 'http://p.test' }, 'https://127.0.0.9', undefined],
    [{ ALL_PROXY: 'http://p.test' }, 'https://[::1]:5000', undefined],
  ])('N8: %p: %s through %s', (environment, url, expected) => {
    expect(chosen(environment, url)).toBe(expected);
  });

  it.each<[string, string, boolean]>([
    ['*', 'https://a.test', true],
    ['a.test', 'https://a.test', true],
    ['a.test', 'https://b.a.test', true],
    ['.a.test', 'https://b.a.test', true],
    ['.a.test', 'https://a.test', false],
    ['*.a.test', 'https://b.a.test', true],
    ['a.test', 'https://ba.test', false],
    ['A.Test', 'https://a.test', true],
    ['a.test:443', 'https://a.test', true],
    ['a.test:8443', 'https://a.test', false],
    ['x, a.test ,y', 'https://a.test', true],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:443', 'https://10.1.2.3', true],
    ['fd00::/8', 'https://[fd00::1]', true],
    ['fd00::1', 'https://[fd00::1]', true],
    ['[fd00::1]:443', 'https://[fd00::1]', true],
    ['', 'https://a.test', false],
  ])('NO_PROXY=%s and %s: %s', (no, url, direct) => {
    expect(chosen({ HTTPS_PROXY: 'http://p.test', NO_PROXY: no }, url) === undefined).toBe(direct);
  });

  it('refuses an invalid proxy when it is needed, without quoting it', () => {
    expect(() => chosen({ ALL_PROXY: 'socks5://u:canary@p.test' }, 'https://a.test')).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.not.stringContaining('canary') }),
    );
    expect(() => chosen({ ALL_PROXY: 'http://u:canary@[' }, 'https://a.test')).toThrow(
      expect.objectContaining({ code: 'TRANSPORT', message: expect.not.stringContaining('canary') }),
    );
    expect(chosen({ ALL_PROXY: 'socks5://p.test', NO_PROXY: 'a.test' }, 'https://a.test')).toBeUndefined();
  });
});
