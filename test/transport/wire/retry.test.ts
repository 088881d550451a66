import { describe, expect, it } from '@jest/globals';
import { TransportError } from '../../../src/errors/service/transport.js';
import { resolveRetry, retrying } from '../../../src/transport/wire/retry.js';
import { parseRetryAfter } from '../../../src/transport/wire/retry-after.js';
import { fakeClock } from '../../support/tools/fake-clock.js';
import { sendJson, useServers } from '../../support/servers/http-server.js';
import { openSession, read } from '../../support/servers/session.js';

const servers = useServers();

/** A registry that sends these responses in order, and then the last one again and again. Pings succeed. */
const responding = (...responses: readonly [status: number, headers?: Record<string, string>][]) => {
  const left = [...responses];
  let count = 0;
  const server = servers.http((request, response) => {
    if (request.url === '/v2/') {
      response.end();
      return;
    }
    count += 1;
    const [status, headers] = left.length > 1 ? left.shift()! : left[0]!;
    sendJson(
      response,
      status,
      status === 429 ? { errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down' }] } : {},
      headers,
    );
  });
  return server.then(({ host }) => ({ host, requestCount: () => count }));
};

describe('retries', () => {
  it.each([408, 429, 499, 500, 502, 503, 504, 522])('follow a %d', async (status) => {
    const { host, requestCount } = await responding([status], [200]);
    expect((await openSession(host).request(read())).status).toBe(200);
    expect(requestCount()).toBe(2);
  });

  it.each([400, 403, 404, 409, 412, 413, 416, 501, 505, 507])('do not follow a %d', async (status) => {
    const { host, requestCount } = await responding([status], [200]);
    await expect(openSession(host).request(read())).rejects.toMatchObject({ code: expect.any(String) });
    expect(requestCount()).toBe(1);
  });

  it('do not follow a status that the caller expects', async () => {
    const { host, requestCount } = await responding([503], [200]);
    expect((await openSession(host).request(read({ expect: [200, 503] }))).status).toBe(503);
    expect(requestCount()).toBe(1);
  });

  it('are left to the caller if `retry` is false', async () => {
    const { host, requestCount } = await responding([503], [200]);
    await expect(openSession(host).request(read({ retry: false }))).rejects.toMatchObject({
      status: 503,
      temporary: true,
    });
    expect(requestCount()).toBe(1);
  });

  it('T1: follow a reset connection, at most five times', async () => {
    let count = 0;
    const server = await servers.http((request, response) => {
      if (request.url === '/v2/') response.end();
      else {
        count += 1;
        request.socket.resetAndDestroy();
      }
    });
    await expect(openSession(server.host).request(read({ method: 'POST' }))).rejects.toMatchObject({
      temporary: true,
    });
    expect(count).toBe(5);
  });

  it('T17: follow a response that is not HTTP once', async () => {
    let count = 0;
    const server = await servers.raw((socket) => {
      socket.on('data', (data) => {
        if (data.toString().startsWith('GET /v2/ ')) {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
          return;
        }
        count += 1;
        socket.write('NONSENSE\r\n\r\n');
      });
    });
    await expect(openSession(server.host).request(read())).rejects.toMatchObject({ code: 'TRANSPORT' });
    expect(count).toBe(2);
  });

  it('T14: wait as long as the registry asks', async () => {
    const clock = fakeClock(Date.now());
    const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
    const { host } = await responding(
      [429, { 'retry-after': '30' }],
      [503, { 'retry-after': inTenSeconds }],
      [200],
    );
    await openSession(host, { clock }).request(read());
    expect(clock.sleeps[0]).toBe(30_000);
    expect(clock.sleeps[1]).toBeGreaterThan(5000);
    expect(clock.sleeps[1]).toBeLessThanOrEqual(10_000);
  });

  it.each(['-5', 'soon', '', '0', 'Mon, 01 Jan 1990 00:00:00 GMT'])(
    'T14: use their own delay after Retry-After: %s',
    async (value) => {
      const clock = fakeClock();
      const { host } = await responding([429, { 'retry-after': value }], [200]);
      await openSession(host, { clock }).request(read());
      expect(clock.sleeps).toHaveLength(1);
      expect(clock.sleeps[0]).toBeLessThanOrEqual(500);
    },
  );

  it('T14: end if the registry asks for too long a wait, and the error says so', async () => {
    const clock = fakeClock();
    const { host, requestCount } = await responding([429, { 'retry-after': '86400' }], [200]);
    await expect(openSession(host, { clock }).request(read())).rejects.toMatchObject({
      code: 'TRANSPORT',
      status: 429,
      retryAfterMs: 86_400_000,
      temporary: true,
      message: expect.stringContaining('TOOMANYREQUESTS: slow down'),
      hint: expect.stringContaining('limits requests'),
    });
    expect([requestCount(), clock.sleeps]).toEqual([1, []]);
  });

  it('T19: end at once after an abort', async () => {
    const { host } = await responding([503]);
    const controller = new AbortController();
    const clock = {
      now: () => 0,
      sleep: async (_ms: number, { signal }: { signal?: AbortSignal | undefined } = {}) => {
        controller.abort(new Error('enough'));
        signal?.throwIfAborted();
      },
    };
    await expect(openSession(host, { clock }).request(read({ signal: controller.signal }))).rejects.toThrow(
      'enough',
    );
  });

  it('wait longer each time, up to a limit', async () => {
    const clock = fakeClock();
    const policy = resolveRetry({ attempts: 8, baseDelayMs: 100, maxDelayMs: 1000 });
    const failure = new TransportError('x', { temporary: true });
    await expect(retrying(() => Promise.reject(failure), { policy, clock })).rejects.toBe(failure);
    expect(clock.sleeps).toHaveLength(7);
    clock.sleeps.forEach((ms, at) => {
      expect(ms).toBeLessThanOrEqual(Math.min(100 * 2 ** at, 1000));
    });
  });

  it.each([
    { attempts: 0 },
    { attempts: Number.NaN },
    { attempts: Infinity },
    { attempts: 1.5 },
    { baseDelayMs: -1 },
    { maxRetryAfterMs: Infinity },
  ])('C6: refuse the options %p', (options) => {
    expect(() => resolveRetry(options)).toThrow(TypeError);
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('Mon, 01 Jan 2024 00:00:00 GMT');
  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['17', 17_000],
    ['0', 0],
    ['-3', 0],
    ['1.5', 1500],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
    ['Mon, 01 Jan 2024 00:00:10 GMT', 10_000],
    ['Sun, 31 Dec 2023 00:00:00 GMT', 0],
    ['Monday, 01-Jan-24 00:00:10 GMT', 10_000],
    ['2024-01-01', undefined],
  ])('T14: parses %p as %p', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
