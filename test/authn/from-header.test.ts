import { describe, expect, it } from '@jest/globals';
import { authn, crane, random } from 'containerregistry';
import { newRegistry } from '../../src/registry/registry.js';
import { useServers } from '../support/servers/http-server.js';

const servers = useServers();

describe('an authenticator from a header', () => {
  it.each([
    ['Basic dTpwOnc=', { username: 'u', password: 'p:w' }],
    ['basic  dTo=', { username: 'u', password: '' }],
    ['Bearer abc', { registryToken: 'abc' }],
    ['ApiKey key="a b"', { header: 'ApiKey key="a b"' }],
  ])('%s has its credentials', async (value, config) => {
    const found = await authn.fromHeader(value).authorization();
    expect({ username: undefined, ...found }).toMatchObject(config);
  });

  it.each(['', 'Basic', 'Basic dQ==', 'Bearer a b', 'Custom a\nb', ' Basic dTpw'])(
    '%j is a TypeError without the secret',
    (value) => {
      expect(() => authn.fromHeader(value)).toThrow(TypeError);
    },
  );

  it('is sent to the registry as it is if the scheme is another one', async () => {
    const registry = newRegistry();
    const refused: string[] = [];
    const server = await servers.http((request, response) => {
      if (request.headers.authorization === 'Custom secret') {
        registry(request, response);
        return;
      }
      refused.push(request.url ?? '');
      response.writeHead(401, { 'www-authenticate': 'Custom realm="test"' }).end();
    });
    const reference = `${server.host}/app:v1`;
    await crane.push(random.image(10, 1), reference, { auth: authn.fromHeader('Custom secret') });
    expect(new Set(refused)).toEqual(new Set(['/v2/']));
    await expect(crane.digest(reference, { auth: authn.anonymous })).rejects.toMatchObject({ code: 'AUTH' });
  });
});
