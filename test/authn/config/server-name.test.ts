import { describe, expect, it } from '@jest/globals';
import { fc } from '../../support/tools/fast-check.js';
import { AuthError } from '../../../src/errors/service/auth.js';
import { covers, dockerKey, parseServerName, serverNameOf } from '../../../src/authn/config/server-name.js';
import { keychainResource } from '../../support/tools/keychain-resource.js';

const matches = (key: string, name: string): boolean => {
  const scope = parseServerName(key);
  return scope !== undefined && covers(scope, serverNameOf(keychainResource(name)));
};

describe('keys of docker configuration', () => {
  const hub = 'index.docker.io/library/busybox';

  it.each([
    ['docker.io', hub],
    ['index.docker.io', hub],
    ['registry-1.docker.io', hub],
    ['https://index.docker.io/v1/', hub],
    ['https://index.docker.io/v1', hub],
    ['index.docker.io/v1/', hub],
    ['https://registry-1.docker.io/v2/', hub],
    ['docker.io/library', hub],
    ['docker.io/library/busybox', hub],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['reg.io', 'reg.io/app'],
    ['REG.io', 'reg.io/app'],
    ['reg.io', 'Reg.IO/app'],
    ['reg.io/', 'reg.io/app'],
    ['https://reg.io', 'reg.io/app'],
    ['http://reg.io', 'reg.io/app'],
    ['HTTPS://reg.io/v2/', 'reg.io/app'],
    ['reg.io:443', 'reg.io/app'],
    ['reg.io', 'reg.io:443/app'],
    ['https://reg.io:443/v2/', 'reg.io'],
    ['localhost:5000', 'localhost:5000/app'],
    ['[::1]:5000', '[::1]:5000/app'],
    ['reg.io/team', 'reg.io/team/app'],
    ['reg.io/team/app', 'reg.io/team/app'],
    ['my_registry:5000', 'my_registry:5000/app'],
  ])('A15: %s is for %s', (key, name) => {
    expect(matches(key, name)).toBe(true);
  });

  it.each([
    ['reg.io', 'reg.io.evil.com/app'],
    ['reg.io', 'evilreg.io/app'],
    ['reg.io', 'sub.reg.io/app'],
    ['reg.io.evil.com', 'reg.io/app'],
    ['reg.io@evil.com', 'evil.com/app'],
    ['https://reg.io@evil.com/', 'evil.com/app'],
    ['reg.io?x=evil.com', 'reg.io/app'],
    ['reg.io:5000', 'reg.io/app'],
    ['reg.io', 'reg.io:5000/app'],
    ['http://reg.io:443', 'reg.io/app'],
    ['docker.io:5000', hub],
    ['docker.io.evil.com', hub],
    ['reg.io/team', 'reg.io/team2/app'],
    ['reg.io/team', 'reg.io'],
    ['reg.io/team/app', 'reg.io/team'],
    ['reg.io/Team', 'reg.io/team/app'],
    ['reg.io//team', 'reg.io/team/app'],
    ['https://index.docker.io/v1/access-token', hub],
    ['*.io', 'reg.io/app'],
    ['ftp://reg.io', 'reg.io/app'],
    ['', 'reg.io/app'],
    ['/', 'reg.io/app'],
    ['reg.io\n', 'reg.io/app'],
    [' reg.io', 'reg.io/app'],
  ])('A15: %j is not for %s', (key, name) => {
    expect(matches(key, name)).toBe(false);
  });

  it('A15: never match a different host', () => {
    const host = fc.domain().filter((name) => !name.endsWith('docker.io'));
    fc.assert(
      fc.property(host, host, (one, other) => {
        expect(matches(one, `${other}/app`)).toBe(one.toLowerCase() === other.toLowerCase());
      }),
    );
  });

  it('never throw, and have no host with blanks, control characters or user information', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseServerName(text)?.host ?? 'none').not.toMatch(/[\s\p{Cc}@?#/]/u);
      }),
    );
  });

  it('A18: are refused for a resource whose registry is not a host, with a printable message', () => {
    for (const registry of ['reg.io\r\nevil.com', 'reg.io\0', '', 'user@reg.io', 'reg.io/x']) {
      const odd = { name: () => `${registry}/app`, registryStr: () => registry };
      expect(() => serverNameOf(odd)).toThrow(AuthError);
      expect(() => serverNameOf(odd)).not.toThrow(/[\r\n\0]/);
    }
  });

  it('have the names that docker uses', () => {
    expect(dockerKey('index.docker.io')).toBe('https://index.docker.io/v1/');
    expect(dockerKey('docker.io')).toBe('https://index.docker.io/v1/');
    expect(dockerKey('reg.io:5000')).toBe('reg.io:5000');
  });
});
