import { describe, expect, it } from '@jest/globals';
import { anonymous } from '../../src/authn/config/anonymous.js';
import { keychain, newKeychain } from '../../src/authn/github.js';
import { keychainResource } from '../support/tools/keychain-resource.js';

describe('the github keychain', () => {
  const ask = async (name: string, env: Record<string, string>) =>
    newKeychain({ env }).resolve(keychainResource(name));

  it('has the token of the workflow for ghcr.io', async () => {
    const auth = await ask('ghcr.io/owner/app', { GITHUB_TOKEN: 't', GITHUB_ACTOR: 'octocat' });
    expect(await auth.authorization()).toEqual({ username: 'octocat', password: 't' });
  });

  it('does not need an actor', async () => {
    for (const env of [{ GITHUB_TOKEN: 't' }, { GITHUB_TOKEN: 't', GITHUB_ACTOR: '' }]) {
      expect(await (await ask('ghcr.io/owner/app', env)).authorization()).toEqual({
        username: 'unset',
        password: 't',
      });
    }
  });

  it('A1: has no credentials for any other host', async () => {
    for (const name of [
      'ghcr.io.evil.com/app',
      'docker.pkg.github.com/app',
      'ghcr.io:5000/app',
      'index.docker.io/ghcr.io',
    ]) {
      expect(await ask(name, { GITHUB_TOKEN: 't' })).toBe(anonymous);
    }
  });

  it('is anonymous without a token', async () => {
    expect(await ask('ghcr.io/app', {})).toBe(anonymous);
    expect(await ask('ghcr.io/app', { GITHUB_TOKEN: '' })).toBe(anonymous);
    const odd = { name: () => 'a b', registryStr: () => 'a b' };
    await expect(newKeychain({ env: { GITHUB_TOKEN: 't' } }).resolve(odd)).rejects.toMatchObject({
      code: 'AUTH',
    });
  });

  it('reads the variables of the process when it is asked', async () => {
    const before = process.env.GITHUB_TOKEN;
    try {
      process.env.GITHUB_TOKEN = 'live';
      expect(await (await keychain.resolve(keychainResource('ghcr.io/app'))).authorization()).toMatchObject({
        password: 'live',
      });
    } finally {
      if (before === undefined) delete process.env.GITHUB_TOKEN;
      else process.env.GITHUB_TOKEN = before;
    }
  });
});
