import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { bearerRegistry, lines, recording } from '../../support/servers/bearer-registry.js';
import { fakeClock } from '../../support/tools/fake-clock.js';
import { sendJson, useServers } from '../../support/servers/http-server.js';
import { CANARY_BASIC, canaryUser, openSession, read } from '../../support/servers/session.js';
import { PUBLIC_ADDRESSES, simulatedInternetClient } from '../../support/servers/simulated-internet.js';

const servers = useServers();

/** The registry `https://registry.example`, which names a token server at any URL. */
async function internetWith(realm: string, realmAddresses = PUBLIC_ADDRESSES) {
  const registry = bearerRegistry({ realm });
  const tokens = bearerRegistry();
  const [registryServer, tokenServer] = await Promise.all([
    servers.http(registry.listener),
    servers.http(tokens.listener),
  ]);
  const client = simulatedInternetClient({
    'registry.example': { addresses: PUBLIC_ADDRESSES, origin: registryServer.origin },
    ...(URL.canParse(realm)
      ? { [new URL(realm).host]: { addresses: realmAddresses, origin: tokenServer.origin } }
      : {}),
    'registry.example:8443': { addresses: realmAddresses, origin: tokenServer.origin },
  });
  return { client, registry, tokens };
}

describe('the token server', () => {
  it.each([
    ['shares the registrable domain', 'https://auth.registry.example/token', {}],
    ['is in trustedRealms', 'https://evil.test/token', { trustedRealms: ['evil.test'] }],
    [
      'is in trustedRealms with a wildcard',
      'https://auth.evil.test/token',
      { trustedRealms: ['*.evil.test'] },
    ],
    ['is on another port of the same name', 'https://registry.example:8443/token', {}],
  ])('A1: gets credentials if it %s', async (_name, realm, options) => {
    const { client, tokens } = await internetWith(realm);
    await openSession('registry.example', { client, auth: canaryUser, ...options }).request(read());
    expect(tokens.seen.map(({ authorization }) => authorization)).toEqual([CANARY_BASIC]);
  });

  it('A1: gets no credentials if it is another party, and the error names the option', async () => {
    const { client } = await internetWith('https://evil.test/token');
    await expect(
      openSession('registry.example', { client, auth: canaryUser }).request(read()),
    ).rejects.toMatchObject({
      code: 'AUTH',
      hint: 'add "evil.test" to `trustedRealms` if it may have the credentials',
    });
    expect(client.sent.filter(({ url }) => url.host === 'evil.test')).toEqual([]);
  });

  it('A1: may be another party if there are no credentials', async () => {
    const { client, tokens } = await internetWith('https://evil.test/token');
    await openSession('registry.example', { client }).request(read());
    expect(tokens.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('A1: of one tenant of a shared domain is another party for the other tenants', async () => {
    const registry = bearerRegistry({ realm: 'https://evil.azurecr.io/token' });
    const server = await servers.http(registry.listener);
    const client = simulatedInternetClient({
      'mine.azurecr.io': { addresses: PUBLIC_ADDRESSES, origin: server.origin },
    });
    await expect(
      openSession('mine.azurecr.io', { client, auth: canaryUser }).request(read()),
    ).rejects.toMatchObject({
      code: 'AUTH',
    });
  });

  it.each([
    ['A2: plain http', 'http://auth.registry.example/token', 'https to http'],
    ['A3: a word', 'token', 'not a URL'],
    ['A3: a host without a scheme', '127.0.0.1:5000/token', 'not a URL'],
    ['A3: an empty URL', '', 'names no token server'],
    ['R14: user info', 'https://a:b@auth.registry.example/token', 'carries credentials'],
    ['R8: another scheme', 'ftp://auth.registry.example/token', 'neither https nor http'],
  ])('refuses %s as a realm', async (_name, realm, reason) => {
    const { client, tokens } = await internetWith(realm);
    await expect(
      openSession('registry.example', { client, auth: canaryUser }).request(read()),
    ).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining(reason),
    });
    expect(tokens.seen).toEqual([]);
  });

  it.each(['169.254.169.254', '10.0.0.5', '127.0.0.1'])(
    'R5: is not asked if it resolves to %s',
    async (address) => {
      const { client, tokens } = await internetWith('https://auth.registry.example/token', [
        ...PUBLIC_ADDRESSES,
        address,
      ]);
      await expect(openSession('registry.example', { client }).request(read())).rejects.toMatchObject({
        code: 'TRANSPORT',
        message: expect.stringContaining('refused to connect'),
      });
      expect(tokens.seen).toEqual([]);
    },
  );

  it('A5: gets scopes and services with odd characters as one parameter each', async () => {
    const seen = recording((request, response) => {
      if (request.url?.startsWith('/token') === true) sendJson(response, 200, { token: 't' });
      else if (request.headers.authorization === undefined) {
        response.writeHead(401, {
          'www-authenticate': `Bearer realm="http://${request.headers.host ?? ''}/token?a=1",service="a&b#c d"`,
        });
        response.end();
      } else response.end();
    });
    const server = await servers.http(seen.listener);
    await openSession(server.host).request(read({ scopes: ['repository:a&scope=x#:pull\r\n'] }));
    const options = new URL(seen.seen[1]!.url, server.origin).searchParams;
    expect([...options]).toEqual([
      ['a', '1'],
      ['service', 'a&b#c d'],
      ['scope', 'repository:a&scope=x#:pull\r\n'],
    ]);
  });

  it('A6: is asked only for the scopes that the operation needs', async () => {
    const { seen, listener } = bearerRegistry({
      scope: 'repository:app:pull,push,delete repository:other:*',
    });
    const server = await servers.http(listener);
    await openSession(server.host).request(read());
    expect(lines(seen)[1]).toBe('GET /token?service=registry.test&scope=repository%3Aapp%3Apull');
  });

  it('A7: may name the token `token` or `access_token`', async () => {
    for (const fields of [{ token: 'x' }, { access_token: 'x' }, { token: 'y', access_token: 'x' }]) {
      const { seen, listener } = bearerRegistry({ token: () => fields });
      const server = await servers.http(listener);
      await openSession(server.host).request(read());
      expect(seen.at(-1)?.authorization).toBe('Bearer x');
    }
  });

  it.each<[string, string]>([
    ['HTML', '<html>canary</html>'],
    ['an empty body', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['no token', '{"errors":"canary"}'],
    ['a token of another type', '{"token":17}'],
    ['a token that would break the header', '{"token":"a\\r\\nx: canary"}'],
    ['more than 64 KiB', `{"token":"${'a'.repeat(70_000)}"}`],
  ])('A7: fails if it sends %s, and the error does not quote the response', async (_name, tokenResponse) => {
    const { listener } = recording((request, response) => {
      if (request.url?.startsWith('/token') === true) response.end(tokenResponse);
      else {
        const realm = `http://${request.headers.host ?? ''}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      }
    });
    const server = await servers.http(listener);
    const error: unknown = await openSession(server.host)
      .request(read())
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'AUTH' });
    expect(inspect(error, { depth: 9 })).not.toContain('canary');
  });

  it('may not redirect the request', async () => {
    const evil = recording((_request, response) => response.end('{"token":"x"}'));
    const evilServer = await servers.http(evil.listener, { address: '127.0.0.2' });
    const { listener } = recording((request, response) => {
      if (request.url?.startsWith('/token') === true) {
        response.writeHead(307, { location: `${evilServer.origin}/token` }).end();
      } else {
        const realm = `http://${request.headers.host ?? ''}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      }
    });
    const server = await servers.http(listener);
    await expect(openSession(server.host, { auth: canaryUser }).request(read())).rejects.toMatchObject({
      code: 'AUTH',
    });
    expect(evil.seen).toEqual([]);
  });

  it('A11: is asked again after 503 and 429, within one number of attempts', async () => {
    const statuses = [503, 429, 200];
    const { seen, listener } = recording((request, response) => {
      if (request.url?.startsWith('/token') === true)
        sendJson(response, statuses.shift()!, { token: 't' }, { 'retry-after': '7' });
      else if (request.headers.authorization === 'Bearer t') response.end();
      else {
        const realm = `http://${request.headers.host ?? ''}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      }
    });
    const server = await servers.http(listener);
    const clock = fakeClock();
    await openSession(server.host, { clock }).request(read());
    expect(lines(seen).filter((line) => line.includes('/token'))).toHaveLength(3);
    expect(clock.sleeps).toEqual([7000, 7000]);
  });

  it('A11: that always fails is asked as often as the attempts allow, and not the square of that', async () => {
    const { seen, listener } = recording((request, response) => {
      if (request.url?.startsWith('/token') === true) response.writeHead(500).end();
      else {
        const realm = `http://${request.headers.host ?? ''}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      }
    });
    const server = await servers.http(listener);
    await expect(openSession(server.host).request(read())).rejects.toMatchObject({
      code: 'TRANSPORT',
      status: 500,
    });
    expect(lines(seen).filter((line) => line.includes('/token'))).toHaveLength(5);
  });
});
