import { describe, expect, it } from '@jest/globals';
import { anonymous } from '../../../src/authn/config/anonymous.js';
import { basic, bearer, fromConfig } from '../../../src/authn/config/from-config.js';

describe('authenticators', () => {
  it('return the credentials that they were created with', async () => {
    expect(await anonymous.authorization()).toEqual({});
    expect(await basic({ username: 'u', password: 'p' }).authorization()).toEqual({
      username: 'u',
      password: 'p',
    });
    expect(await bearer({ token: 't' }).authorization()).toEqual({ registryToken: 't' });
    const config = { username: 'u', password: 'p', identityToken: 'i', registryToken: 'r' };
    expect(await fromConfig(config).authorization()).toEqual(config);
  });

  it('A12: keep empty passwords, and those with colons and other scripts, unchanged', async () => {
    for (const password of ['a:b::c', 'пароль🔑', '', ' ']) {
      expect(await basic({ username: 'u', password }).authorization()).toEqual({ username: 'u', password });
    }
  });

  it('are `anonymous` if the config has no credentials', () => {
    expect(fromConfig({})).toBe(anonymous);
    expect(fromConfig({ username: '', password: '', identityToken: '' })).toBe(anonymous);
  });

  it('do not follow later changes of the config, and cannot be changed', async () => {
    const config = { username: 'u', password: 'p' };
    const authenticator = fromConfig(config);
    config.password = 'changed';
    const response = await authenticator.authorization();
    expect(response).toEqual({ username: 'u', password: 'p' });
    expect(Object.isFrozen(response)).toBe(true);
  });

  it('refuse a user name that Basic cannot carry and a token that would break its header', () => {
    expect(() => basic({ username: 'a:b', password: '' })).toThrow(TypeError);
    expect(() => bearer({ token: 'abc\r\nx-evil: 1' })).toThrow(TypeError);
    expect(() => fromConfig({ registryToken: 'with blank' })).toThrow(TypeError);
  });
});
