import { describe, expect, it } from '@jest/globals';
import type { HttpClient } from '../../src/transport/guard/http-client.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import type { SessionOptions } from '../../src/transport/settings/session-options.js';
import { coversScopes, uniteScopes } from '../../src/transport/auth/scopes.js';
import { bearerRegistry, lines, recording } from '../support/servers/bearer-registry.js';
import { fakeClock } from '../support/tools/fake-clock.js';
import { sendJson, useServers } from '../support/servers/http-server.js';
import { authOf, canaryUser, openSession, read } from '../support/servers/session.js';

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
  ])('A8: with lifetime %p are, after %d ms, requested %d times', async (fields, waitMs, expected) => {
    expect(await life(fields, waitMs)).toBe(expected);
  });

  it('A8: are used until they expire if the token server is down', async () => {
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

  it('A13: are requested once by fifty requests whose token has expired', async () => {
    let valid = 't1';
    const { seen, listener } = bearerRegistry({
      accepts: (authorization) => authorization === `Bearer ${valid}`,
    });
    const server = await servers.http(listener);
    const session = openSession(server.host);
    await session.request(read());
    valid = 't2';
    const responses = await Promise.all(Array.from({ length: 50 }, () => session.request(read())));
    expect(responses).toHaveLength(50);
    expect(lines(seen).filter((line) => line.includes('/token'))).toHaveLength(2);
  });

  it('A10: are not requested again if the registry never accepted one, and the error shows the challenge', async () => {
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
    expect(lines(seen)).toEqual(['GET /v2/', expect.stringContaining('/token'), 'GET /v2/app/x']);
  });

  describe('with scopes that a registry names in its challenge', () => {
    /** A registry that requires some scopes for each request, and records the scopes of each token request. */
    const scoped = (wanted: (method: string, url: string) => readonly string[], more = '', status = 401) => {
      const tokens = new Map<string, readonly string[]>();
      const requestedScopes: (readonly string[])[] = [];
      const { seen, listener } = recording((request, response) => {
        const { url = '', method = '' } = request;
        const origin = `http://${request.headers.host ?? ''}`;
        if (url.startsWith('/token')) {
          const scopes = new URL(url, origin).searchParams.getAll('scope');
          requestedScopes.push(scopes);
          const token = `t${requestedScopes.length}`;
          tokens.set(`Bearer ${token}`, scopes);
          sendJson(response, 200, { token });
          return;
        }
        const needed = wanted(method, url);
        const granted = tokens.get(request.headers.authorization ?? '');
        if (granted !== undefined && coversScopes(granted, needed)) {
          response.end('content');
          return;
        }
        const scope = url === '/v2/' ? 'repository:user/image:pull' : needed.join(' ');
        response.setHeader(
          'www-authenticate',
          `Bearer realm="${origin}/token",service="s",scope="${scope}"${more}`,
        );
        sendJson(response, url === '/v2/' ? 401 : status, { errors: [{ code: 'UNAUTHORIZED' }] });
      });
      return { seen, requestedScopes, listener };
    };

    it.each<[string, number, string]>([
      ['aws', 401, ''],
      ['repository:real/app:pull', 401, ''],
      ['repository:real/app:pull', 403, ',error="insufficient_scope"'],
      ['repository:app:pull,metadata_read repository:base:pull', 401, ',error="insufficient_scope"'],
      [Array.from({ length: 12 }, (_, index) => `repository:part${index}:pull`).join(' '), 401, ''],
    ])('N3: are requested once with %s in addition to the own scope (%d%s)', async (scope, status, more) => {
      const registry = scoped(() => scope.split(' '), more, status);
      const { host } = await servers.http(registry.listener);
      const session = openSession(host);
      await session.request(read());
      await session.request(read({ target: '/v2/app/y' }));
      expect(registry.requestedScopes).toEqual([
        ['repository:app:pull'],
        uniteScopes(['repository:app:pull'], scope.split(' ')),
      ]);
      // The scope in the challenge of the ping is only an example, so it is not requested.
      expect(registry.requestedScopes.flat()).not.toContain('repository:user/image:pull');
    });

    it('N3: follow a second challenge that names another scope', async () => {
      const stages = [['a'], ['a', 'b'], ['a', 'b', 'c']];
      let requests = 0;
      const registry = scoped((_method, url) =>
        url === '/v2/' ? [] : (stages[Math.min(requests++, 2)] ?? []),
      );
      const { host } = await servers.http(registry.listener);
      await openSession(host).request(read({ method: 'POST', scopes: ['repository:app:push,pull'] }));
      expect(registry.requestedScopes).toEqual([
        ['repository:app:push,pull'],
        ['repository:app:push,pull', 'a'],
        ['repository:app:push,pull', 'a', 'b'],
        ['repository:app:push,pull', 'a', 'b', 'c'],
      ]);
    });

    it.each(['', ',error="insufficient_scope"', ',error="invalid_token"'])(
      'N3: are never requested twice with the same scopes, whatever the error is (%p)',
      async (more) => {
        let options = 0;
        const { listener } = recording((request, response) => {
          const origin = `http://${request.headers.host ?? ''}`;
          if (request.url?.startsWith('/token') === true) {
            options += 1;
            sendJson(response, 200, { token: 'no-good' });
            return;
          }
          const challenge = `Bearer realm="${origin}/token",service="s",scope="repository:app:pull"${more}`;
          response.writeHead(401, { 'www-authenticate': challenge }).end();
        });
        const { host } = await servers.http(listener);
        const session = openSession(host);
        for (const method of ['HEAD', 'GET', 'GET'] as const) {
          await expect(session.request(read({ method }))).rejects.toMatchObject({ code: 'AUTH' });
        }
        expect(options).toBe(1);
      },
    );
  });

  it('A14: are shared by the sessions of one client if their credentials are equal', async () => {
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

  it('gain the scopes that a repository needs, with the first scope first', async () => {
    const { seen, listener } = bearerRegistry();
    const server = await servers.http(listener);
    const session = openSession(server.host);
    await session.request(read({ scopes: ['repository:app:pull'] }));
    await session.request(read({ scopes: ['repository:app:push,pull', 'repository:src:pull'] }));
    await session.request(read({ scopes: ['repository:app:push,pull', 'repository:src:pull'] }));
    await session.request(read({ scopes: ['repository:app:pull'] }));
    const options = seen
      .filter(({ url }) => url.startsWith('/token'))
      .map(({ url }) => new URL(url, server.origin).searchParams.getAll('scope'));
    expect(options).toEqual([['repository:app:pull'], ['repository:app:push,pull', 'repository:src:pull']]);
  });
});

describe('a token server of a registry that also accepts passwords itself', () => {
  const offering = async (
    realm: (host: string) => string,
    token: { readonly status: number; readonly body?: string } = { status: 404 },
    takes: (by: string, url: string) => boolean = (by) => by === 'Basic',
  ): Promise<{ host: string; requests: string[] }> => {
    const requests: string[] = [];
    const { host } = await servers.http((request, response) => {
      const { url = '', headers } = request;
      const by = headers.authorization?.split(' ', 1)[0] ?? 'nobody';
      requests.push(`${by} ${url.split('?', 1)[0] ?? ''}`);
      if (url.startsWith('/token')) response.writeHead(token.status).end(token.body);
      else if (takes(by, url)) response.end('content');
      else {
        const bearer = `Bearer realm="${realm(headers.host ?? '')}",service="s"`;
        response.writeHead(401, { 'www-authenticate': `${bearer}, Basic realm="r"` }).end();
      }
    });
    return { host, requests };
  };
  const ownTokenServer = (host: string): string => `http://${host}/token`;

  it.each<[string, (host: string) => string, { status: number; body?: string }]>([
    ['is missing', ownTokenServer, { status: 404 }],
    ['is broken', ownTokenServer, { status: 500 }],
    ['sends a web page', ownTokenServer, { status: 200, body: '<html>' }],
    ['does not exist', (host) => `http://${host.split(':', 1)[0] ?? ''}:1/token`, { status: 404 }],
    ['belongs to another party', () => 'https://tokens.example/token', { status: 404 }],
    ['has no URL', () => '', { status: 404 }],
  ])('N11: is not needed if it %s', async (_name, realm, token) => {
    const { host, requests } = await offering(realm, token);
    const session = openSession(host, { auth: canaryUser, retry: { attempts: 1 } });
    expect((await session.request(read())).status).toBe(200);
    requests.length = 0;
    await session.request(read());
    // The token server is not asked again.
    expect(requests).toEqual(['Basic /v2/app/x']);
  });

  it.each([401, 403])('N11: decides about credentials that it refuses (%d)', async (status) => {
    const { host, requests } = await offering(ownTokenServer, { status });
    await expect(openSession(host, { auth: canaryUser }).request(read())).rejects.toThrow('/token');
    expect(requests.filter((line) => line.startsWith('Basic /v2/'))).toEqual([]);
  });

  it('N11: is replaced by the registry, whose refusal of the password is reported after one attempt', async () => {
    const { host, requests } = await offering(ownTokenServer, { status: 404 }, () => false);
    await expect(openSession(host, { auth: canaryUser }).request(read())).rejects.toThrow('401');
    expect(requests).toEqual(['nobody /v2/', 'Basic /token', 'Basic /v2/app/x']);
  });

  it('N11: is asked, and its error is reported, if there are no credentials', async () => {
    const { host, requests } = await offering(ownTokenServer);
    await expect(openSession(host).request(read())).rejects.toThrow('/token');
    expect(requests).toEqual(['nobody /v2/', 'nobody /token']);
  });

  const given = { status: 200, body: '{"token":"t"}' };

  it('N14: is not used any more if the registry refuses its tokens', async () => {
    const { host, requests } = await offering(ownTokenServer, given);
    const session = openSession(host, { auth: canaryUser });
    expect((await session.request(read())).status).toBe(200);
    expect(requests).toEqual(['nobody /v2/', 'Basic /token', 'Bearer /v2/app/x', 'Basic /v2/app/x']);
    requests.length = 0;
    await session.request(read());
    expect(requests).toEqual(['Basic /v2/app/x']);
  });

  it('N14: is asked again for other repositories if the registry refuses the password, too', async () => {
    const { host, requests } = await offering(
      ownTokenServer,
      given,
      (by, url) => by === 'Bearer' && url !== '/v2/app/x',
    );
    const session = openSession(host, { auth: canaryUser });
    await expect(session.request(read())).rejects.toThrow('401');
    expect(requests).toEqual(['nobody /v2/', 'Basic /token', 'Bearer /v2/app/x', 'Basic /v2/app/x']);
    requests.length = 0;
    await expect(session.request(read())).rejects.toThrow('401');
    expect(requests).toEqual(['Bearer /v2/app/x']);
    expect((await session.request(read({ target: '/v2/app/y' }))).status).toBe(200);
  });

  it.each<[string, SessionOptions]>([
    ['there are no credentials', {}],
    ['there is only an identity token', { auth: authOf({ identityToken: 'canary' }) }],
  ])('N14: decides if %s', async (_name, options) => {
    const { host, requests } = await offering(ownTokenServer, given, () => false);
    await expect(openSession(host, options).request(read())).rejects.toThrow('401');
    expect(requests).toEqual(['nobody /v2/', 'nobody /token', 'Bearer /v2/app/x']);
  });
});
