import { afterEach, describe, expect, it } from '@jest/globals';
import type { Access, RegistryAuth } from '../../../src/registry/http/auth.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { ConformanceClient, expectError, randomBlob } from '../conformance-client.js';

let registry: StartedRegistry | undefined;
afterEach(async () => {
  await registry?.close();
});

async function start(auth: RegistryAuth): Promise<(authorization?: string) => ConformanceClient> {
  registry = await startRegistry({ auth });
  const { url } = registry;
  return (authorization) => new ConformanceClient(url, authorization);
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a registry with passwords', () => {
  it('requires a valid password', async () => {
    const as = await start({ basic: { users: { jane: 'pass:word', jürgen: 'schlüssel' }, realm: 'here' } });
    const refused = await as().ask('/v2/');
    expectError(refused, 401, 'UNAUTHORIZED');
    expect(refused.headers['www-authenticate']).toBe('Basic realm="here"');
    expect((await as(basic('jane:pass:word')).ask('/v2/')).status).toBe(200);
    expect((await as(basic('jürgen:schlüssel').replace('Basic', 'basic')).ask('/v2/')).status).toBe(200);
    for (const wrong of [
      basic('jane:'),
      basic('jane'),
      basic(''),
      basic('jane:password'),
      'Basic !',
      'Bearer x',
      'Basic',
    ]) {
      expect((await as(wrong).ask('/v2/')).status).toBe(401);
    }
  });

  it('authorizes an upload before it reads the body', async () => {
    const as = await start({ basic: { users: { jane: 'x' } } });
    const blob = randomBlob(1_000_000);
    const response = await as().ask(`/v2/app/blobs/uploads/?digest=${blob.digest}`, {
      method: 'POST',
      body: blob.content,
    });
    expectError(response, 401, 'UNAUTHORIZED');
    await as(basic('jane:x')).expectBlobMissing('app', blob.digest);
  });
});

describe('a registry with tokens', () => {
  it('names the token server and the scope in its challenge, and verifies tokens for the access', async () => {
    const options: Access[] = [];
    const as = await start({
      token: {
        realm: 'https://auth.example.com/token',
        service: 'registry.example.com',
        verify: async (token, access) => {
          options.push(access);
          return Promise.resolve(token === 'good');
        },
      },
    });
    const challenge = async (method: string, path: string, authorization?: string) =>
      (await as(authorization).ask(path, { method })).headers['www-authenticate'];
    const bearer = 'Bearer realm="https://auth.example.com/token",service="registry.example.com"';
    const { digest } = randomBlob(1);
    expect(await challenge('GET', '/v2/')).toBe(bearer);
    expect(await challenge('GET', '/v2/_catalog')).toBe(`${bearer},scope="registry:catalog:*"`);
    expect(await challenge('GET', '/v2/a/b/tags/list')).toBe(`${bearer},scope="repository:a/b:pull"`);
    expect(await challenge('POST', '/v2/a/blobs/uploads/')).toBe(`${bearer},scope="repository:a:pull,push"`);
    expect(await challenge('DELETE', `/v2/a/blobs/${digest}`)).toBe(`${bearer},scope="repository:a:delete"`);
    expect(options).toEqual([]);
    expect(await challenge('GET', '/v2/', 'Bearer bad')).toBe(`${bearer},error="invalid_token"`);
    expect((await as('Bearer good').ask('/v2/a/tags/list')).status).toBe(404);
    expect(options).toEqual([{ type: 'ping' }, { type: 'repository', name: 'a', action: 'pull' }]);
  });
});

describe('a registry with a function for authorization', () => {
  const onlyOwn: RegistryAuth = ({ authorization, access }) => {
    if (access.type === 'repository' && access.name !== 'shared' && access.name !== authorization)
      return 'deny';
    return 'allow';
  };

  it('refuses what the function denies, for any credentials', async () => {
    const as = await start(onlyOwn);
    expectError(await as('mine').ask('/v2/yours/tags/list'), 403, 'DENIED');
    expectError(await as('mine').ask('/v2/mine/tags/list'), 404, 'NAME_UNKNOWN');
  });

  it.each(['&from=yours', ''])(
    'E9: mounts no blob from a repository that the client may not read (%j)',
    async (from) => {
      const as = await start(onlyOwn);
      const blob = randomBlob(100);
      await as('yours').push('yours', blob);
      const mount = async () =>
        as('mine').ask(`/v2/mine/blobs/uploads/?mount=${blob.digest}${from}`, { method: 'POST' });
      expect((await mount()).status).toBe(202);
      await as('mine').expectBlobMissing('mine', blob.digest);
      if (from !== '') return;
      await as('yours').push('shared', blob);
      expect((await mount()).status).toBe(201);
      await as('mine').expectBlob('mine', blob);
    },
  );

  it('responds with 500 if the function throws, without the message of its error', async () => {
    const as = await start(() => {
      throw new Error('secret');
    });
    const response = await as().ask('/v2/');
    expectError(response, 500, 'UNSUPPORTED');
    expect(response.body.toString()).not.toContain('secret');
  });
});
