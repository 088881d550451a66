import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../../../src/errors/service/auth.js';
import { anonymous } from '../../../src/authn/config/anonymous.js';
import { type Helper, newKeychainFromHelper } from '../../../src/authn/helpers/helper.js';
import { keychainResource } from '../../support/tools/keychain-resource.js';

const knowing = (username: string, secret: string): Helper => ({
  get: () => Promise.resolve({ username, secret }),
});

describe('newKeychainFromHelper', () => {
  it('turns the response into credentials', async () => {
    const auth = await newKeychainFromHelper(knowing('u', 'p')).resolve(keychainResource('reg.io/app'));
    expect(await auth.authorization()).toEqual({ username: 'u', password: 'p' });
  });

  it('A12: reads the secret of the user <token> as an identity token', async () => {
    const auth = await newKeychainFromHelper(knowing('<token>', 'secret')).resolve(
      keychainResource('reg.io/app'),
    );
    expect(await auth.authorization()).toEqual({ identityToken: 'secret' });
  });

  it("asks for the host, and for Docker Hub by docker's name for it", async () => {
    const options: string[] = [];
    const keychain = newKeychainFromHelper({
      get: (server) => (options.push(server), Promise.resolve(undefined)),
    });
    expect(await keychain.resolve(keychainResource('reg.io:5000/team/app'))).toBe(anonymous);
    await keychain.resolve(keychainResource('index.docker.io/library/busybox'));
    expect(options).toEqual(['reg.io:5000', 'https://index.docker.io/v1/']);
  });

  it('A16: rejects if the helper fails', async () => {
    const keychain = newKeychainFromHelper({ get: () => Promise.reject(new AuthError('locked')) });
    await expect(keychain.resolve(keychainResource('reg.io'))).rejects.toThrow('locked');
  });

  it('A18: never passes a registry with a line break to the helper', async () => {
    const odd = { name: () => 'a\nb/c', registryStr: () => 'a\nb' };
    await expect(newKeychainFromHelper(knowing('u', 'p')).resolve(odd)).rejects.toThrow(AuthError);
  });
});
