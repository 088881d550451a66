import { describe, expect, it } from '@jest/globals';
import { bearerRegistry } from '../support/servers/bearer-registry.js';
import { useServers } from '../support/servers/http-server.js';
import { authOf, canaryUser, openSession, read } from '../support/servers/session.js';

const servers = useServers();

describe('a URL that the server chose', () => {
  it('R10: on another host gets the headers of an upload, and no credentials', async () => {
    let headers: unknown;
    const store = await servers.http(
      (request, response) => {
        headers = request.headers;
        request.resume().once('end', () => response.writeHead(201).end());
      },
      { address: '127.0.0.2' },
    );
    const registry = await servers.http((_request, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    });
    await openSession(registry.host, { auth: canaryUser }).request(
      read({
        method: 'PATCH',
        target: new URL(`${store.origin}/upload?_state=1`),
        body: Buffer.from('abc'),
        headers: { 'content-type': 'application/octet-stream', 'content-range': '0-2', 'x-own': 'canary' },
        expect: [201],
      }),
    );
    expect(headers).toMatchObject({ 'content-length': '3', 'content-range': '0-2' });
    expect(JSON.stringify(headers)).not.toMatch(/canary|authorization/);
  });

  it('R11: of a foreign layer never gets credentials, even on the registry itself', async () => {
    const { seen, listener } = bearerRegistry({ accepts: () => true });
    const server = await servers.http(listener);
    await openSession(server.host, { auth: authOf({ registryToken: 'canary' }) }).request(
      read({ target: new URL(`${server.origin}/layer`), anonymous: true, scopes: [] }),
    );
    expect(seen.at(-1)).toMatchObject({ url: '/layer', authorization: undefined });
  });

  it('R13: is refused by the same rules as a redirect', async () => {
    const server = await servers.http((_request, response) => response.end());
    const session = openSession(server.host);
    await expect(session.request(read({ target: new URL('http://u:p@cdn.example/x') }))).rejects.toThrow(
      'credentials',
    );
    await expect(session.request(read({ target: new URL('http://169.254.169.254/x') }))).rejects.toThrow(
      'link-local',
    );
  });

  it.each(['//evil.example/x', '/\\evil.example/x', 'https://evil.example/x', 'v2/'])(
    'cannot be given as the path %s',
    async (target) => {
      const server = await servers.http((_request, response) => response.end());
      await expect(openSession(server.host).request(read({ target }))).rejects.toThrow(TypeError);
    },
  );
});
