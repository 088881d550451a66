import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { AuthConfig } from '../../../src/authn/config/authenticator.js';
import { newRegistry } from '../../../src/name/registry.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { newSession } from '../../../src/transport/new-session.js';
import type { SessionOptions } from '../../../src/transport/settings/session-options.js';
import type { Session, SessionRequest } from '../../../src/transport/session/session.js';
import { bearerRegistry, lines, recording } from '../../support/servers/bearer-registry.js';
import { fakeClock } from '../../support/tools/fake-clock.js';
import { sendJson, useServers } from '../../support/servers/http-server.js';

const servers = useServers();
const SCOPE = 'repository:app:pull';

const auth = (config: AuthConfig) => ({ authorization: () => Promise.resolve(config) });

function session(host: string, options: SessionOptions = {}): Session {
  return newSession(newRegistry(host), { client: newGotClient(), clock: fakeClock(), ...options });
}

const get = (rest: Partial<SessionRequest> = {}): SessionRequest => ({
  method: 'GET',
  target: '/v2/app/x',
  scopes: [SCOPE],
  expect: [200],
  ...rest,
});

describe('newSession', () => {
  it('pings once, and sends no credentials to a registry without authentication', async () => {
    const { seen, listener } = recording((_request, response) => response.end('content'));
    const server = await servers.http(listener);
    const talk = session(server.host);
    const responses = await Promise.all([talk.request(get()), talk.request(get())]);
    expect(await Promise.all(responses.map(({ body }) => text(body)))).toEqual(['content', 'content']);
    expect(lines(seen)).toEqual(['GET /v2/', 'GET /v2/app/x', 'GET /v2/app/x']);
    expect(seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('responds to a Basic challenge', async () => {
    const { seen, listener } = recording((request, response) => {
      if (request.headers.authorization === `Basic ${Buffer.from('ü:p:w').toString('base64')}`)
        response.end('in');
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    });
    const server = await servers.http(listener);
    const { body } = await session(server.host, { auth: auth({ username: 'ü', password: 'p:w' }) }).request(
      get(),
    );
    expect(await text(body)).toBe('in');
    expect(lines(seen)).toEqual(['GET /v2/', 'GET /v2/app/x']);
  });

  it('exchanges credentials for a token, and uses it for all requests that its scopes cover', async () => {
    const { seen, listener } = bearerRegistry();
    const server = await servers.http(listener);
    const talk = session(server.host, { auth: auth({ username: 'u', password: 'p' }) });
    await talk.request(get({ scopes: ['repository:app:push,pull', 'repository:other:pull'] }));
    await talk.request(get());
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      undefined,
      `Basic ${Buffer.from('u:p').toString('base64')}`,
      'Bearer t1',
      'Bearer t1',
    ]);
    expect(lines(seen)[1]).toBe(
      'GET /token?service=registry.test&scope=repository%3Aapp%3Apush%2Cpull&scope=repository%3Aother%3Apull',
    );
  });

  it('sends a registry token as it is', async () => {
    const { seen, listener } = bearerRegistry();
    const server = await servers.http(listener);
    await session(server.host, { auth: auth({ registryToken: 'mine' }) }).request(get());
    expect(lines(seen)).toEqual(['GET /v2/', 'GET /v2/app/x']);
    expect(seen[1]?.authorization).toBe('Bearer mine');
  });

  it('sends a body again if the registry requires another token', async () => {
    let uploads = 0;
    const { seen, listener } = bearerRegistry({
      accepts: (authorization) => authorization === 'Bearer t2' || authorization === undefined,
    });
    const server = await servers.http((request, response) => {
      if (request.url === '/v2/' && request.headers.authorization === undefined) {
        const realm = `http://${request.headers.host ?? ''}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      } else listener(request, response);
    });
    const body = {
      size: 4,
      open: () => {
        uploads += 1;
        return Readable.from([Buffer.from('blob')]);
      },
    };
    await session(server.host).request(get({ method: 'PATCH', body }));
    expect(uploads).toBe(2);
    expect(seen.filter(({ method }) => method === 'PATCH').map(({ body: sent }) => sent)).toEqual([
      'blob',
      'blob',
    ]);
  });

  it('fails with the errors of the registry', async () => {
    const { listener } = recording((request, response) => {
      if (request.url === '/v2/') response.end();
      else sendJson(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] });
    });
    const server = await servers.http(listener);
    await expect(session(server.host).request(get())).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `GET ${server.origin}/v2/app/x: MANIFEST_UNKNOWN: manifest unknown`,
      cause: { status: 404, diagnostics: [{ code: 'MANIFEST_UNKNOWN' }] },
    });
  });

  it('T15: succeeds after four failures of the server', async () => {
    let failures = 4;
    const { listener } = recording((request, response) => {
      if (request.url === '/v2/' || failures === 0) response.end('content');
      else {
        failures -= 1;
        response.writeHead(503).end();
      }
    });
    const server = await servers.http(listener);
    const clock = fakeClock();
    const { body } = await session(server.host, { clock }).request(get());
    expect(await text(body)).toBe('content');
    expect(clock.sleeps).toHaveLength(4);
  });

  it('N13: fails with the reason of an abort while an error is read', async () => {
    const controller = new AbortController();
    const { listener } = recording((request, response) => {
      if (request.url === '/v2/') response.end('{}');
      else response.writeHead(400, { 'content-length': '100' }).write('{');
    });
    const server = await servers.http(listener);
    const client = newGotClient();
    const aborting: SessionOptions['client'] = {
      request: async (request) => {
        const response = await client.request(request);
        if (response.status === 400)
          setImmediate(() => {
            controller.abort(new Error('enough'));
          });
        return response;
      },
    };
    const options = session(server.host, { client: aborting }).request({
      ...get(),
      signal: controller.signal,
    });
    await expect(options).rejects.toThrow('enough');
  });
});
