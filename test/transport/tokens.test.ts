import { describe, expect, it } from '@jest/globals';
import type { HttpClient } from '../../src/transport/client.js';
import { newGotClient } from '../../src/transport/got-client.js';
import type { SessionOptions } from '../../src/transport/session-options.js';
import { bearerRegistry, lines } from '../support/bearer-registry.js';
import { fakeClock } from '../support/fake-clock.js';
import { useServers } from '../support/http-server.js';
import { authOf, canaryUser, openSession, read } from '../support/session.js';

const servers = useServers();

describe('tokens', () => {
  const life = async (fields: Record<string, unknown>, waitMs: number): Promise<number> => {
    const { seen, listener } = bearerRegistry({ token: (count) => ({ token: `t${count}`, ...fields }) });
    const server = await servers.http(listener);
    const clock = fakeClock();
    const session = openSession(server.host, { clock });
    await session.request(read());
    clock.time += waitMs;
    await session.request(read());
    return lines(seen).filter((line) => line.includes('/token')).length;
  };

  it.each<[Record<string, unknown>, number, number]>([
    [{ expires_in: 100 }, 79_000, 1],
    [{ expires_in: 100 }, 81_000, 2],
    [{ expires_in: '100' }, 79_000, 1],
    [{}, 47_000, 1],
    [{}, 49_000, 2],
    [{ expires_in: -1 }, 47_000, 1],
    [{ expires_in: 'x' }, 49_000, 2],
    [{ expires_in: 0 }, 47_000, 1],
    [{ expires_in: 1e12 }, 24 * 3600 * 1000, 2],
  ])('A8: of %p are after %d ms asked for %d times altogether', async (fields, waitMs, expected) => {
    expect(await life(fields, waitMs)).toBe(expected);
  });

  it('A8: are used to their end when the token server is down', async () => {
    let down = false;
    const tokens = bearerRegistry({ token: () => ({ token: 't', expires_in: 100 }) });
    const server = await servers.http((request, response) => {
      if (down && request.url?.startsWith('/token') === true) response.writeHead(500).end();
      else tokens.listener(request, response);
    });
    const clock = fakeClock();
    const session = openSession(server.host, { clock, retry: { attempts: 1 } });
    await session.request(read());
    down = true;
    clock.time += 90_000;
    expect((await session.request(read())).status).toBe(200);
    clock.time += 20_000;
    await expect(session.request(read())).rejects.toMatchObject({ status: 500 });
  });

  it('A13: are asked for once by fifty requests that find theirs expired', async () => {
    let valid = 't1';
    const { seen, listener } = bearerRegistry({
      accepts: (authorization) => authorization === `Bearer ${valid}`,
    });
    const server = await servers.http(listener);
    const session = openSession(server.host);
    await session.request(read());
    valid = 't2';
    const answers = await Promise.all(Array.from({ length: 50 }, () => session.request(read())));
    expect(answers).toHaveLength(50);
    expect(lines(seen).filter((line) => line.includes('/token'))).toHaveLength(2);
  });

  it('A10: that are never good enough fail after one renewal, with the challenge', async () => {
    const { seen, listener } = bearerRegistry({
      accepts: () => false,
      scope: 'repository:app:pull',
    });
    const server = await servers.http(listener);
    await expect(openSession(server.host, { auth: canaryUser }).request(read())).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringMatching(/UNAUTHORIZED: authentication required \(challenge: Bearer realm=/),
      cause: { code: 'TRANSPORT', status: 401 },
    });
    expect(lines(seen)).toEqual([
      'GET /v2/',
      expect.stringContaining('/token'),
      'GET /v2/app/x',
      expect.stringContaining('/token'),
      'GET /v2/app/x',
    ]);
  });

  it('A14: are shared by sessions of one client, and by equal credentials only', async () => {
    const { seen, listener } = bearerRegistry();
    const server = await servers.http(listener);
    const client: HttpClient = newGotClient();
    const tokensAfter = async (options: SessionOptions, scope = 'repository:app:pull'): Promise<number> => {
      await openSession(server.host, { client, ...options }).request(read({ scopes: [scope] }));
      return lines(seen).filter((line) => line.includes('/token')).length;
    };
    expect(await tokensAfter({ auth: canaryUser })).toBe(1);
    expect(await tokensAfter({ auth: authOf({ username: 'user', password: 'canary' }) })).toBe(1);
    expect(await tokensAfter({ auth: authOf({ username: 'user', password: 'other' }) })).toBe(2);
    expect(await tokensAfter({})).toBe(3);
    expect(await tokensAfter({ auth: canaryUser }, 'repository:other:pull')).toBe(4);
    expect(lines(seen).filter((line) => line === 'GET /v2/')).toHaveLength(1);
  });

  it('grow by what a repository needs, with the first scope first', async () => {
    const { seen, listener } = bearerRegistry();
    const server = await servers.http(listener);
    const session = openSession(server.host);
    await session.request(read({ scopes: ['repository:app:pull'] }));
    await session.request(read({ scopes: ['repository:app:push,pull', 'repository:src:pull'] }));
    await session.request(read({ scopes: ['repository:app:push,pull', 'repository:src:pull'] }));
    await session.request(read({ scopes: ['repository:app:pull'] }));
    const asked = seen
      .filter(({ url }) => url.startsWith('/token'))
      .map(({ url }) => new URL(url, server.origin).searchParams.getAll('scope'));
    expect(asked).toEqual([['repository:app:pull'], ['repository:app:push,pull', 'repository:src:pull']]);
  });
});
