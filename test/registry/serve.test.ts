import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as registry from '../../src/registry/index.js';
import { ConformanceClient, randomBlob } from './conformance-client.js';

const running: registry.RegistryServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function serve(options?: registry.ServeOptions): Promise<registry.RegistryServer> {
  const server = await registry.serve(options);
  running.push(server);
  return server;
}

async function dial({ port }: registry.RegistryServer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  // The server may end the connection with a reset.
  socket.on('error', () => undefined);
  return socket;
}

/** Sends text and reads everything until the server closes the connection. */
async function readUntilClosed(socket: Socket, text: string): Promise<string> {
  let response = '';
  socket.on('data', (chunk: Buffer) => (response += chunk.toString('latin1')));
  socket.write(text);
  await once(socket, 'close');
  return response;
}

describe('serve', () => {
  it('E19: listens on 127.0.0.1 and a free port by default', async () => {
    const server = await serve();
    expect(server.host).toBe(`127.0.0.1:${server.port}`);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect((await new ConformanceClient(server.url).ask('/v2/')).status).toBe(200);
    const elsewhere = connect(server.port, '127.0.0.2');
    const [error] = (await once(elsewhere, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  it('writes an IPv6 address in brackets', async () => {
    const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
      all?.some(({ address }) => address === '::1'),
    );
    if (!hasIpv6) return;
    const server = await serve({ host: '::1' });
    expect(server.url).toBe(`http://[::1]:${server.port}`);
  });

  it('fails with the reason if it cannot listen', async () => {
    const { port } = await serve();
    await expect(serve({ port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: `listen on 127.0.0.1:${port}: EADDRINUSE`,
    });
  });

  it('E18: refuses a request with two content-length headers', async () => {
    const socket = await dial(await serve());
    const smuggled = 'GET /v2/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    const head = 'POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n';
    const response = await readUntilClosed(socket, `${head}Content-Length: 5\r\n\r\n0\r\n\r\n${smuggled}`);
    expect(response).toMatch(/^HTTP\/1.1 400 /);
    expect(response.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  it('E18: refuses request headers of a megabyte', async () => {
    const socket = await dial(await serve());
    const response = await readUntilClosed(
      socket,
      `GET /v2/ HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1024 ** 2)}\r\n\r\n`,
    );
    expect(response === '' || response.startsWith('HTTP/1.1 431 ')).toBe(true);
  });

  it('E18: closes a connection whose request headers do not end in time', async () => {
    const socket = await dial(await serve({ headersTimeoutMs: 50 }));
    const dribble = setInterval(() => socket.write('X: y\r\n'), 10);
    try {
      expect(await readUntilClosed(socket, 'GET /v2/ HTTP/1.1\r\nHost: x\r\n')).toMatch(
        /^(?:HTTP\/1.1 408 |$)/,
      );
    } finally {
      clearInterval(dribble);
    }
  });

  it('E1: closes a connection that becomes silent during an upload', async () => {
    const server = await serve({ idleTimeoutMs: 50 });
    const client = new ConformanceClient(server.url);
    const location = await client.start('app');
    const socket = await dial(server);
    const head = `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n`;
    expect(await readUntilClosed(socket, `${head}half`)).toBe('');
  });

  it('closes idle connections and ends uploads when it closes, and can be closed twice', async () => {
    const server = await registry.serve();
    const agent = new Agent({ keepAlive: true });
    const status = await new Promise((resolve, reject) => {
      get(`${server.url}/v2/`, { agent }, (response) => {
        response.resume().once('end', () => {
          resolve(response.statusCode);
        });
      }).once('error', reject);
    });
    expect(status).toBe(200);
    await new ConformanceClient(server.url).start('app');
    await Promise.all([server.close(), server.close()]);
    const refused = connect(server.port, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    agent.destroy();
  });
});

describe('serve and newRegistry', () => {
  it('close at the end of an `await using` block', async () => {
    let url;
    {
      await using listener = registry.new();
      expect(typeof listener.close).toBe('function');
      await using server = await registry.serve();
      url = server.url;
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
    }
    await expect(fetch(`${url}/v2/`)).rejects.toThrow();
  });
});

describe('the options of serve', () => {
  it('make the registry log every request and send the warning in every response', async () => {
    const log: registry.LogEntry[] = [];
    const server = await serve({
      logger: (entry) => log.push(entry),
      warning: 'this "registry" is for tests',
    });
    const client = new ConformanceClient(server.url);
    const responses = [await client.ask('/v2/'), await client.ask('/v2/app/tags/list?n=1')];
    for (const { headers } of responses)
      expect(headers.warning).toBe('299 - "this \\"registry\\" is for tests"');
    expect(log).toMatchObject([
      { method: 'GET', url: '/v2/', status: 200, error: undefined },
      { method: 'GET', url: '/v2/app/tags/list?n=1', status: 404, error: { message: expect.any(String) } },
    ]);
    for (const { durationMs } of log) expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it.each([
    [{ maxManifestBytes: 0 }],
    [{ maxPageSize: Number.NaN }],
    [{ uploadTtlMs: -1 }],
    [{ maxIdleUploadBytes: 0.5 }],
    [{ warning: 'two\nlines' }],
  ])('are refused at once if they are invalid: %j', (options) => {
    expect(() => registry.new(options)).toThrow(TypeError);
  });

  it('may contain a logger that throws', async () => {
    const server = await serve({
      logger: () => {
        throw new Error('disk full');
      },
    });
    const client = new ConformanceClient(server.url);
    await client.ask('/v2/').catch(() => undefined);
    await expect(client.start('app')).resolves.toMatch(/^\/v2\/app\//);
  });

  it('are read once, and never modified', async () => {
    const options = Object.freeze({ delete: true, blobHandler: registry.newInMemoryBlobHandler() });
    const server = await serve(options);
    const client = new ConformanceClient(server.url);
    const blob = randomBlob(10);
    await client.push('app', blob);
    const second = await serve(options);
    await new ConformanceClient(second.url).expectBlob('app', blob);
  });
});
