import { describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { diagnosticsChannels, type WaitEvent } from '../../src/transport/wire/diagnostics.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import type { HttpRequest } from '../../src/transport/guard/http-client.js';
import { useServers } from '../support/servers/http-server.js';

const servers = useServers();

const get = (origin: string, rest: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url: new URL('/', origin),
  headers: {},
  ...rest,
});

const endless = (): Readable =>
  new Readable({
    read() {
      this.push(Buffer.alloc(64 * 1024));
    },
  });

describe('a request to a slow or invalid server', () => {
  it('T4: fails in time if the server does not complete a TLS handshake', async () => {
    // A TLS server that never completes a handshake is as silent as a network that drops packets.
    const server = await servers.raw(() => undefined);
    const client = newGotClient({ connectTimeoutMs: 50 });
    await expect(client.request(get(server.origin.replace('http', 'https')))).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining('connected, but no TLS handshake within 50 ms'),
      temporary: true,
    });
  });

  it('T4: fails in time if DNS never responds', async () => {
    const client = newGotClient({ connectTimeoutMs: 50, resolveHost: () => new Promise(() => undefined) });
    await expect(client.request(get('http://registry.test'))).rejects.toThrow('no connection within 50 ms');
  });

  it('T5: fails in time if the server does not send headers', async () => {
    const server = await servers.http(() => undefined);
    const client = newGotClient({ headersTimeoutMs: 50, commitTimeoutMs: 60 });
    await expect(client.request(get(server.origin))).rejects.toMatchObject({
      message: expect.stringContaining('connected, but no response within 50 ms'),
      temporary: true,
    });
    await expect(
      client.request(get(server.origin, { method: 'PUT', body: Buffer.from('x') })),
    ).rejects.toThrow('connected, but no response within 50 ms');
  });

  it('N17: waits longer for a response after more bytes of a blob, up to a limit', async () => {
    const server = await servers.http(() => undefined);
    const client = newGotClient({ headersTimeoutMs: 50, commitTimeoutMs: 70 });
    for (const [commits, ms] of [
      [0, 50],
      [100_000, 60],
      [1e9, 70],
      [Infinity, 70],
    ] as const) {
      await expect(
        client.request(get(server.origin, { method: 'PUT', body: Buffer.from('x'), commitBytes: commits })),
      ).rejects.toThrow(`connected, but no response within ${ms} ms`);
    }
  });

  it('N17: reports a long wait on a diagnostics channel before it fails', async () => {
    const waits: WaitEvent[] = [];
    const listener = (message: unknown) => waits.push(message as WaitEvent);
    subscribe(diagnosticsChannels.wait, listener);
    try {
      const server = await servers.http(() => undefined);
      const client = newGotClient({ headersTimeoutMs: 60 });
      await expect(client.request(get(`${server.origin}/?token=canary`))).rejects.toThrow('within 60 ms');
      const url = expect.not.stringContaining('canary');
      expect(waits).toEqual([{ method: 'GET', url, waitedMs: 20, limitMs: 60 }]);
    } finally {
      unsubscribe(diagnosticsChannels.wait, listener);
    }
  });

  it('T6: fails in time if the body stalls', async () => {
    const server = await servers.http((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('abc');
    });
    const { body } = await newGotClient({ idleTimeoutMs: 50 }).request(get(server.origin));
    await expect(text(body)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining('stalled'),
      temporary: true,
    });
  });

  it('T6: fails if the body arrives too slowly', async () => {
    const server = await servers.http((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('a'), 5);
      response.once('close', () => {
        clearInterval(timer);
      });
    });
    const client = newGotClient({ idleTimeoutMs: 5000, minRateWindowMs: 50, minBytesPerSecond: 100_000 });
    const { body } = await client.request(get(server.origin));
    await expect(text(body)).rejects.toThrow('slower than 100000 bytes per second');
  });

  it('fails in time if the server does not accept the body of the request', async () => {
    const server = await servers.raw((socket) => {
      socket.pause();
    });
    const body = endless();
    await expect(
      newGotClient({ idleTimeoutMs: 100 }).request(get(server.origin, { method: 'PUT', body })),
    ).rejects.toThrow('accepted no byte of the body for 100 ms');
    expect(body.destroyed).toBe(true);
  });

  it('T6: does not fail if the reader of the body is slow', async () => {
    const server = await servers.http((_request, response) => response.end(Buffer.alloc(2 * 1024 * 1024)));
    const client = newGotClient({ idleTimeoutMs: 60, minRateWindowMs: 60, minBytesPerSecond: 1 });
    const { body } = await client.request(get(server.origin));
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 200));
      size += chunk.length;
    }
    expect(size).toBe(2 * 1024 * 1024);
  });

  it('T17: fails with an error that says that the server does not speak HTTP', async () => {
    for (const [response, code] of [
      [
        'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
        'HPE_UNEXPECTED_CONTENT_LENGTH',
      ],
      ['NONSENSE\r\n\r\n', 'HPE_INVALID_CONSTANT'],
      [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`, 'HPE_HEADER_OVERFLOW'],
    ] as const) {
      const server = await servers.raw((socket) => void socket.once('data', () => socket.write(response)));
      await expect(newGotClient().request(get(server.origin))).rejects.toMatchObject({
        code: 'TRANSPORT',
        cause: { code },
      });
    }
  });

  it('T17: accepts headers of more than 16 KiB', async () => {
    const server = await servers.http((_request, response) =>
      response.writeHead(200, { x: 'a'.repeat(40_000) }).end(),
    );
    expect((await newGotClient().request(get(server.origin))).headers.x).toHaveLength(40_000);
  });
});

describe('an abort', () => {
  const client = newGotClient();

  it('T19: before the request is sent rejects with the reason', async () => {
    const reason = new Error('enough');
    const body = endless();
    await expect(
      client.request(get('http://127.0.0.1:1', { method: 'PUT', body, signal: AbortSignal.abort(reason) })),
    ).rejects.toBe(reason);
    expect(body.destroyed).toBe(true);
  });

  it('T19: while the response is awaited rejects with the reason, and closes the connection', async () => {
    const controller = new AbortController();
    const server = await servers.http((_request, response) => {
      response.socket?.once('close', () => {
        closed();
      });
      controller.abort(new Error('enough'));
    });
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    await expect(client.request(get(server.origin, { signal: controller.signal }))).rejects.toThrow('enough');
    await gone;
  });

  it('T19: in the middle of an upload rejects with the reason', async () => {
    const controller = new AbortController();
    const body = endless();
    const server = await servers.http((request) => {
      request.once('data', () => {
        controller.abort('a string');
      });
    });
    await expect(
      client.request(get(server.origin, { method: 'PATCH', body, signal: controller.signal })),
    ).rejects.toMatchObject({ cause: 'a string' });
    expect(body.destroyed).toBe(true);
  });

  it('T19: in the middle of a body ends the body with the reason, and closes the connection', async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const server = await servers.http((_request, response) => {
      response.once('close', () => {
        closed();
      });
      response.writeHead(200, { 'content-length': '1000' }).write('abc');
    });
    const controller = new AbortController();
    const { body } = await client.request(get(server.origin, { signal: controller.signal }));
    const [chunk] = (await once(body, 'data')) as [Buffer];
    controller.abort(new Error('enough'));
    await expect(text(body)).rejects.toThrow('enough');
    await gone;
    expect(chunk.toString()).toBe('abc');
  });

  it('closes the connection if the body is destroyed early', async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const server = await servers.http((_request, response) => {
      response.once('close', () => {
        closed();
      });
      response.writeHead(200).write('abc');
    });
    const { body } = await client.request(get(server.origin));
    body.destroy();
    await gone;
    expect(body.destroyed).toBe(true);
  });

  it('leaves no listener on a signal after the request', async () => {
    const server = await servers.http((_request, response) => response.end('x'));
    const controller = new AbortController();
    let listening = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listening += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listening -= 1;
      remove(...args);
    };
    for (const method of ['GET', 'HEAD'] as const) {
      const { body } = await client.request(get(server.origin, { method, signal }));
      await text(body);
      if (!body.closed) await once(body, 'close');
    }
    expect(listening).toBe(0);
  });
});

it('T16: a request uses another connection if the server has closed a pooled one', async () => {
  let requests = 0;
  const server = await servers.raw((socket) => {
    let responded = 0;
    socket.on('data', () => {
      requests += 1;
      // The server closes a connection after the first request.
      if (responded > 0) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nx');
      responded += 1;
    });
  });
  const client = newGotClient();
  for (let at = 0; at < 3; at += 1)
    expect(await text((await client.request(get(server.origin))).body)).toBe('x');
  expect(requests).toBeGreaterThan(3);
  await expect(client.request(get(server.origin, { method: 'POST' }))).rejects.toMatchObject({
    temporary: true,
  });
});
