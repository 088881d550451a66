import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Authenticator, Keychain } from '../../src/authn/config/authenticator.js';
import { anonymous } from '../../src/authn/config/anonymous.js';
import { basic, bearer } from '../../src/authn/config/from-config.js';
import { newMultiKeychain } from '../../src/authn/multi-keychain.js';
import { refreshingKeychain } from '../../src/authn/refreshing-keychain.js';
import { resolveAuth } from '../../src/authn/resolve-auth.js';
import { keychainResource } from '../support/tools/keychain-resource.js';

const always = (authenticator: Authenticator): Keychain => ({
  resolve: () => Promise.resolve(authenticator),
});
const failing: Keychain = { resolve: () => Promise.reject(new Error('broken')) };
const quay = keychainResource('quay.io/team/app');

describe('newMultiKeychain', () => {
  it('returns the credentials of the first keychain that has some', async () => {
    const wanted = bearer({ token: 'wanted' });
    const keychain = newMultiKeychain(always(anonymous), always(wanted), failing);
    expect(await keychain.resolve(quay)).toBe(wanted);
  });

  it('is anonymous if no keychain has credentials', async () => {
    expect(await newMultiKeychain().resolve(quay)).toBe(anonymous);
    expect(await newMultiKeychain(always(anonymous)).resolve(quay)).toBe(anonymous);
  });

  it('ends the search after an error', async () => {
    await expect(newMultiKeychain(failing, always(bearer({ token: 't' }))).resolve(quay)).rejects.toThrow(
      'broken',
    );
  });

  it('passes on the resource and the signal', async () => {
    const seen: unknown[] = [];
    const inner: Keychain = { resolve: (...args) => (seen.push(...args), Promise.resolve(anonymous)) };
    const { signal } = new AbortController();
    await newMultiKeychain(inner).resolve(quay, { signal });
    expect(seen).toEqual([quay, { signal }]);
  });
});

describe('refreshingKeychain', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** Returns a new token for each call: t1, t2, ... */
  const counting = (): Keychain & { count: number } => ({
    count: 0,
    resolve() {
      this.count += 1;
      return Promise.resolve(bearer({ token: `t${this.count}` }));
    },
  });

  it('asks again when the credentials are old, and not before', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(1000);
    const inner = counting();
    const authenticator = await refreshingKeychain(inner, 500).resolve(quay);
    now.mockReturnValue(1499);
    expect(await authenticator.authorization()).toEqual({ registryToken: 't1' });
    now.mockReturnValue(1500);
    expect(await authenticator.authorization()).toEqual({ registryToken: 't2' });
    expect(await authenticator.authorization()).toEqual({ registryToken: 't2' });
    expect(inner.count).toBe(2);
  });

  it('asks once for concurrent callers, and again if the clock was set back', async () => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(1000);
    const inner = counting();
    const authenticator = await refreshingKeychain(inner, 500).resolve(quay);
    now.mockReturnValue(10);
    const responses = await Promise.all(Array.from({ length: 20 }, () => authenticator.authorization()));
    expect(new Set(responses.map(({ registryToken }) => registryToken))).toEqual(new Set(['t2']));
  });

  it('tries again after a refresh that failed', async () => {
    let calls = 0;
    const inner: Keychain = {
      resolve: () => {
        calls += 1;
        return calls === 2
          ? Promise.reject(new Error('offline'))
          : Promise.resolve(bearer({ token: `t${calls}` }));
      },
    };
    const authenticator = await refreshingKeychain(inner, 0).resolve(quay);
    await expect(authenticator.authorization()).rejects.toThrow('offline');
    expect(await authenticator.authorization()).toEqual({ registryToken: 't3' });
  });

  it('passes on `anonymous` unchanged, and refuses an invalid duration', async () => {
    expect(await refreshingKeychain(always(anonymous), 0).resolve(quay)).toBe(anonymous);
    expect(() => refreshingKeychain(failing, NaN)).toThrow(TypeError);
  });
});

describe('resolveAuth', () => {
  it('returns an authenticator, or asks a keychain', async () => {
    const authenticator = basic({ username: 'u', password: 'p' });
    expect(await resolveAuth(authenticator, quay)).toBe(authenticator);
    expect(await resolveAuth(always(authenticator), quay)).toBe(authenticator);
  });

  it('throws a TypeError for anything else', async () => {
    await expect(resolveAuth({}, quay)).rejects.toThrow(TypeError);
  });
});
