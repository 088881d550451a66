import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { Readable } from 'node:stream';
import { bearerRegistry, recording } from '../../support/servers/bearer-registry.js';
import { fakeClock } from '../../support/tools/fake-clock.js';
import { useServers } from '../../support/servers/http-server.js';
import { authOf, canaryUser, openSession, read } from '../../support/servers/session.js';

const servers = useServers();

describe('credentials', () => {
  it('A12: are sent with their exact bytes', async () => {
    for (const config of [
      { username: 'u', password: 'p:q' },
      { username: 'ü€', password: 'пароль' },
      { username: 'u', password: '' },
      { username: '', password: 'p' },
    ]) {
      const { seen, listener } = recording((request, response) => {
        response
          .writeHead(request.headers.authorization === undefined ? 401 : 200, {
            'www-authenticate': 'Basic realm="r"',
          })
          .end();
      });
      const server = await servers.http(listener);
      await openSession(server.host, { auth: authOf(config) }).request(read());
      const sent = seen.at(-1)?.authorization?.slice('Basic '.length) ?? '';
      expect(Buffer.from(sent, 'base64').toString()).toBe(`${config.username}:${config.password}`);
    }
  });

  it('A12: with an identity token are exchanged by OAuth2, and a replaced identity token is used from then on', async () => {
    const { seen, listener } = bearerRegistry({
      token: (count) => ({ access_token: `t${count}`, refresh_token: `r${count}`, expires_in: 100 }),
    });
    const server = await servers.http(listener);
    const clock = fakeClock();
    const session = openSession(server.host, {
      clock,
      auth: authOf({ username: '<token>', identityToken: 'r0' }),
    });
    await session.request(read());
    clock.time += 90_000;
    await session.request(read());
    const forms = seen
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
    const form = {
      grant_type: 'refresh_token',
      client_id: 'containerregistry',
      service: 'registry.test',
      scope: 'repository:app:pull',
    };
    expect(forms).toEqual([
      { ...form, refresh_token: 'r0' },
      { ...form, refresh_token: 'r1' },
    ]);
    expect(seen.at(-1)?.authorization).toBe('Bearer t2');
  });

  it.each([404, 405])(
    'A12: with an identity token fall back to GET if the response to POST is %d',
    async (status) => {
      const tokens = bearerRegistry();
      const server = await servers.http((request, response) => {
        if (request.method === 'POST') response.writeHead(status).end();
        else tokens.listener(request, response);
      });
      await openSession(server.host, { auth: authOf({ username: '<token>', identityToken: 'r0' }) }).request(
        read(),
      );
      expect(tokens.seen.map(({ authorization }) => authorization)).toEqual([
        undefined,
        undefined,
        'Bearer t1',
      ]);
    },
  );

  it('A9: are exchanged again if the registry refuses a request with a body, which is then sent again', async () => {
    let valid = 't1';
    const { seen, listener } = bearerRegistry({
      accepts: (authorization) => authorization === `Bearer ${valid}`,
    });
    const server = await servers.http(listener);
    const session = openSession(server.host);
    await session.request(read());
    valid = 't2';
    const opened: number[] = [];
    const body = { size: 3, open: () => (opened.push(1), Readable.from([Buffer.from('abc')])) };
    await session.request(read({ method: 'PUT', body, expect: [200] }));
    expect(opened).toHaveLength(2);
    expect(seen.at(-1)).toMatchObject({ method: 'PUT', body: 'abc', authorization: 'Bearer t2' });
  });

  it('A21: appear in no error, however it is inspected', async () => {
    const canaries = { username: 'user', password: 'canary', identityToken: undefined };
    const responses = [401, 403, 404, 500];
    for (const status of responses) {
      const server = await servers.http((request, response) => {
        if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
        else response.writeHead(status).end('no');
      });
      const session = openSession(server.host, { auth: authOf(canaries), retry: { attempts: 1 } });
      const error: unknown = await session
        .request(read({ target: '/v2/app/x?_state=canary&sig=canary' }))
        .catch((caught: unknown) => caught);
      const shown = inspect(error, { depth: 9, showHidden: true });
      expect(error).toMatchObject({ code: expect.any(String) });
      expect(shown).not.toContain('canary');
      expect(shown).not.toContain(Buffer.from('user:canary').toString('base64'));
    }
  });

  it('A21: appear in no network error', async () => {
    const server = await servers.http((request, response) => {
      if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      else request.socket.resetAndDestroy();
    });
    const error: unknown = await openSession(server.host, { auth: canaryUser, retry: { attempts: 1 } })
      .request(read())
      .catch((caught: unknown) => caught);
    const shown = inspect(error, { depth: 9, showHidden: true });
    expect(error).toMatchObject({ code: 'TRANSPORT', temporary: true });
    expect(shown).not.toMatch(/canary|dXNlcjpjYW5hcnk/);
  });
});
