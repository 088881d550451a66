import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as authn from '../../src/authn/index.js';
import { credentialStore, writeHelper } from '../support/programs/credential-helper.js';
import { keychainResource } from '../support/tools/keychain-resource.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const CANARY = 'c4n4ry-0f-s3cr3ts';
const temp = useTempDir();
const shown = (value: unknown): string =>
  [
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    JSON.stringify(value),
    String(value),
  ].join('\n');

describe('secrets', () => {
  it('A21: are not shown by authenticators', () => {
    const authenticators = [
      authn.basic({ username: 'u', password: CANARY }),
      authn.bearer({ token: CANARY }),
      authn.fromHeader(`Custom ${CANARY}`),
      authn.fromConfig({ identityToken: CANARY }),
      authn.fromConfig({ username: 'u', password: CANARY, registryToken: CANARY }),
    ];
    for (const authenticator of authenticators) expect(shown(authenticator)).not.toContain(CANARY);
  });

  it('A21: are not shown by keychains that found them, nor by their authenticators', async () => {
    await writeHelper(temp.path('bin'), 'test', credentialStore({ 'helper.io': ['u', CANARY] }));
    const file = temp.path('config.json');
    const auth = Buffer.from(`u:${CANARY}`).toString('base64');
    await writeFile(
      file,
      JSON.stringify({ auths: { 'reg.io': { auth } }, credHelpers: { 'helper.io': 'test' } }),
    );
    const env = { PATH: temp.path('bin'), GITHUB_TOKEN: CANARY };
    const keychain = authn.newMultiKeychain(
      authn.refreshingKeychain(authn.github.newKeychain({ env }), 1000),
      authn.newDefaultKeychain({ files: [file], env }),
      authn.newKeychainFromHelper(authn.helperFromProgram('test', { env })),
    );
    for (const name of ['ghcr.io/app', 'reg.io/app', 'helper.io/app']) {
      const authenticator = await keychain.resolve(keychainResource(name));
      expect((await authenticator.authorization()).password).toBe(CANARY);
      expect(shown(authenticator)).not.toContain(CANARY);
    }
    expect(shown(keychain)).not.toContain(CANARY);
  });

  it('A21: appear in no error about a broken configuration', async () => {
    const broken = [
      `{"auths": {"reg.io": {"auth": "${CANARY}"`,
      `{"auths": {"reg.io": {"auth": "${CANARY}!"}}}`,
      `{"auths": {"reg.io": {"auth": ["${CANARY}"]}}}`,
      `{"auths": {"reg.io": {"password": {"${CANARY}": 1}}}}`,
      `{"auths": {"reg.io": "${CANARY}"}}`,
      `{"auths": {"reg.io": {"auth": "${Buffer.from(CANARY).toString('base64')}"}}}`,
      `{"auths": {"reg.io": {"registrytoken": "${CANARY}\\n"}}}`,
      CANARY,
      `"${CANARY}"`,
    ];
    for (const text of broken) {
      const keychain = authn.newDefaultKeychain({ files: [], env: {} });
      expect(await keychain.resolve(keychainResource('reg.io'))).toBe(authn.anonymous);
      const inline = authn.newDefaultKeychain({
        env: { DOCKER_AUTH_CONFIG: text },
        homeDir: temp.path('home'),
      });
      const error = await inline.resolve(keychainResource('reg.io')).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'AUTH' });
      expect(shown(error)).not.toContain(CANARY);
      expect(shown(error)).not.toContain(Buffer.from(CANARY).toString('base64'));
    }
  });

  it('A21: appear in no error about credentials that cannot be used', async () => {
    const attempts: (() => unknown)[] = [
      () => authn.bearer({ token: `${CANARY}\n` }),
      () => authn.basic({ username: `${CANARY}:`, password: CANARY }),
      async () => authn.login('reg.io', { username: 'a:b', password: CANARY }, { file: temp.path('c.json') }),
      async () => authn.login('reg.io', { username: 'u', password: CANARY }, { file: temp.path('none\0') }),
      async () => authn.login(`u:${CANARY.slice(0, 2)}@reg.io`, { registryToken: `${CANARY} ` }),
    ];
    for (const attempt of attempts) {
      const error = await Promise.resolve()
        .then(attempt)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(shown(error)).not.toContain(CANARY);
    }
  });
});
