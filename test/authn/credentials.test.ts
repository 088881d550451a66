import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { anonymous } from '../../src/authn/config/anonymous.js';
import { byHost, readAuth } from '../../src/authn/config/credentials.js';
import { basic } from '../../src/authn/config/from-config.js';
import { resolveAuth } from '../../src/authn/resolve-auth.js';
import { keychainResource } from '../support/tools/keychain-resource.js';

const login = { username: 'u', password: 'secret' };

describe('resolveAuth', () => {
  it.each([
    [login, login],
    [{ token: 'secret' }, { registryToken: 'secret' }],
    [{ registryToken: 'secret' }, { registryToken: 'secret' }],
    [{ identityToken: 'secret' }, { identityToken: 'secret' }],
    [
      { username: 'u', identityToken: 'secret' },
      { username: 'u', password: '', identityToken: 'secret' },
    ],
  ])('reads %j', async (auth, expected) => {
    const found = await resolveAuth(auth, keychainResource('r.example/app'));
    expect(await found.authorization()).toEqual(expected);
    expect(inspect(found)).not.toContain('secret');
  });

  it.each([
    ['text', 'user:secret', /`auth` must be .*it is a string/],
    ['null', null, /it is null/],
    ['an array', [login], /it is an array/],
    ['a Promise', Promise.resolve(login), /`await` is missing/],
    ['a variable that is not set', { username: 'u', password: undefined }, /password that is undefined/],
    ['a missing password', { username: 'u' }, /`auth` has no password/],
    ['a missing user name', { password: 'secret' }, /`auth` has no username/],
    ['two tokens', { token: 'secret', identityToken: 'secret' }, /more than one token/],
    ['an unknown member', { username: 'u', passwrd: 'secret' }, /unknown member "passwrd"/],
    ['other names', { user: 'u', pass: 'secret' }, /"user".*username, password/],
    ['a host without credentials', { 'r.example': undefined }, /"r.example"/],
    [
      'an unknown member of a host',
      { 'r.example': { user: 'secret' } },
      /"r.example".*unknown member "user"/,
    ],
    ['a pattern of hosts', { '*.example': login }, /host\[:port\]/],
    ['a key that is not a host', { 'a b': login }, /host\[:port\]/],
    ['two names of a server', { 'docker.io': login, 'index.docker.io': login }, /names the same server/],
  ])('refuses %s with a TypeError without the secret', async (_title, auth, message) => {
    const failure = resolveAuth(auth as never, keychainResource('r.example/app'));
    await expect(failure).rejects.toThrow(TypeError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow(/secret/);
  });

  it('refuses a user name with a colon', async () => {
    const failure = resolveAuth({ username: 'a:b', password: 'c' }, keychainResource('r.example'));
    await expect(failure).rejects.toThrow('colon');
  });
});

describe('byHost', () => {
  const keychain = byHost({
    'r.example': login,
    'r.example/team': { token: 'team' },
    'r.example/team/app': { token: 'app' },
    'r.example:5000': { token: 'port' },
    'docker.io': basic({ username: 'hub', password: 'hub' }),
  });

  it.each([
    ['r.example/other', login],
    ['r.example/teams', login],
    ['R.EXAMPLE:443/other', login],
    ['r.example/team/x', { registryToken: 'team' }],
    ['r.example/team/app/x', { registryToken: 'app' }],
    ['r.example:5000/app', { registryToken: 'port' }],
    ['index.docker.io/library/alpine', { username: 'hub', password: 'hub' }],
  ])('finds the credentials of %s by the longest key', async (resource, expected) => {
    const found = await keychain.resolve(keychainResource(resource));
    expect(await found.authorization()).toEqual(expected);
  });

  it('has no credentials for other hosts', async () => {
    for (const other of ['r.example.evil.example/app', 'sub.r.example/app', 'r.example:5001/app'])
      expect(await keychain.resolve(keychainResource(other))).toBe(anonymous);
  });

  it('does not change when the object does', async () => {
    const map: Record<string, typeof login> = { 'r.example': { ...login } };
    const copied = byHost(map);
    map['r.example'] = { username: 'other', password: 'other' };
    const found = await copied.resolve(keychainResource('r.example'));
    expect(await found.authorization()).toEqual(login);
  });
});

describe('readAuth', () => {
  it('names the option', () => {
    expect(() => readAuth('x' as never, 'sourceAuth')).toThrow('`sourceAuth` must be');
  });
});
