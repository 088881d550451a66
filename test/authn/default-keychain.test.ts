import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AuthError } from '../../src/errors/service/auth.js';
import { anonymous } from '../../src/authn/config/anonymous.js';
import { type DefaultKeychainOptions, newDefaultKeychain } from '../../src/authn/default-keychain.js';
import { credentialStore, writeHelper } from '../support/programs/credential-helper.js';
import { keychainResource } from '../support/tools/keychain-resource.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });

async function write(file: string, config: unknown): Promise<void> {
  await mkdir(path.dirname(temp.path(file)), { recursive: true });
  await writeFile(temp.path(file), typeof config === 'string' ? config : JSON.stringify(config));
}
const dockerFile = async (config: unknown): Promise<void> => write('home/.docker/config.json', config);

function keychain(options: DefaultKeychainOptions = {}) {
  const env = {
    PATH: temp.path('bin'),
    XDG_RUNTIME_DIR: temp.path('run'),
    HOME: temp.path('home'),
    ...options.env,
  };
  return newDefaultKeychain({ ...options, env });
}
const ask = async (name: string, options?: DefaultKeychainOptions) =>
  (await keychain(options).resolve(keychainResource(name))).authorization();
const userOf = async (name: string, options?: DefaultKeychainOptions) => (await ask(name, options)).username;

describe('the default keychain', () => {
  it('is anonymous if there is no configuration', async () => {
    expect(await keychain().resolve(keychainResource('reg.io/app'))).toBe(anonymous);
  });

  it('reads files each time it is asked, and not before', async () => {
    const options = keychain();
    await dockerFile({ auths: { 'reg.io': auth('one:1') } });
    const first = await options.resolve(keychainResource('reg.io/app'));
    await dockerFile({ auths: { 'reg.io': auth('two:2') } });
    const second = await options.resolve(keychainResource('reg.io/app'));
    expect(await first.authorization()).toEqual({ username: 'one', password: '1' });
    expect(await second.authorization()).toEqual({ username: 'two', password: '2' });
  });

  describe('with several files', () => {
    const env = () => ({ DOCKER_CONFIG: temp.path('docker'), REGISTRY_AUTH_FILE: temp.path('named.json') });
    const places = [
      'docker/config.json',
      'named.json',
      'run/containers/auth.json',
      'home/.config/containers/auth.json',
    ];

    it('searches them in order until one has credentials', async () => {
      for (const [index, file] of places.entries()) {
        const others = places
          .slice(index)
          .map((_, offset) => [`r${index + offset}.io`, auth(`file${index}:x`)]);
        await write(file, { auths: Object.fromEntries(others) as unknown });
      }
      for (const index of places.keys())
        expect(await userOf(`r${index}.io/app`, { env: env() })).toBe('file0');
      await write('docker/config.json', { auths: { 'r0.io': {} } });
      expect(await userOf('r1.io/app', { env: env() })).toBe('file1');
      expect(await userOf('r0.io/app', { env: env() })).toBeUndefined();
    });

    it('does not read ~/.docker if DOCKER_CONFIG names another directory', async () => {
      await dockerFile({ auths: { 'reg.io': auth('home:x') } });
      expect(await userOf('reg.io')).toBe('home');
      expect(await userOf('reg.io', { env: env() })).toBeUndefined();
    });

    it('prefers REGISTRY_AUTH_FILE to ~/.docker', async () => {
      await dockerFile({ auths: { 'reg.io': auth('home:x'), 'other.io': auth('home:x') } });
      await write('named.json', { auths: { 'reg.io': auth('named:x') } });
      const named = { env: { REGISTRY_AUTH_FILE: temp.path('named.json') } };
      expect(await userOf('reg.io', named)).toBe('named');
      expect(await userOf('other.io', named)).toBe('home');
    });

    it('reads DOCKER_AUTH_CONFIG first, and only its auths', async () => {
      await dockerFile({ auths: { 'reg.io': auth('home:x'), 'other.io': auth('home:x') } });
      const inline = { auths: { 'reg.io': auth('inline:x') }, credsStore: 'absent' };
      const env = { DOCKER_AUTH_CONFIG: JSON.stringify(inline) };
      expect(await userOf('reg.io', { env })).toBe('inline');
      expect(await userOf('other.io', { env })).toBe('home');
      await expect(ask('reg.io', { env: { DOCKER_AUTH_CONFIG: '{CANARY' } })).rejects.toThrow(
        'read DOCKER_AUTH_CONFIG: not valid JSON at line 1, column 2',
      );
    });

    it('reads the files of the option instead', async () => {
      await dockerFile({ auths: { 'reg.io': auth('home:x') } });
      await write('mine.json', { auths: { 'mine.io': auth('mine:x') } });
      const options = { files: [temp.path('absent.json'), temp.path('mine.json')] };
      expect(await userOf('mine.io', options)).toBe('mine');
      expect(await userOf('reg.io', options)).toBeUndefined();
    });

    it('A19: fails at a broken file, and treats a directory as missing', async () => {
      await mkdir(temp.path('home/.docker/config.json'), { recursive: true });
      await write('run/containers/auth.json', { auths: { 'reg.io': auth('podman:x') } });
      expect(await userOf('reg.io')).toBe('podman');
      await write('named.json', '{"auths": {');
      await expect(ask('reg.io', { env: { REGISTRY_AUTH_FILE: temp.path('named.json') } })).rejects.toThrow(
        `read ${temp.path('named.json')}: not valid JSON`,
      );
    });
  });

  describe('within a file', () => {
    it('A15: prefers the entry with the longest path', async () => {
      await dockerFile({
        auths: {
          'reg.io': auth('host:x'),
          'reg.io/team': auth('team:x'),
          'reg.io/team/app/sub': auth('sub:x'),
          'reg.io/team/app': auth('app:x'),
        },
      });
      expect(await userOf('reg.io/team/app/sub')).toBe('sub');
      expect(await userOf('reg.io/team/app')).toBe('app');
      expect(await userOf('reg.io/team/other')).toBe('team');
      expect(await userOf('reg.io/team2/app')).toBe('host');
      expect(await userOf('reg.io')).toBe('host');
      expect(await userOf('reg.io.evil.com/team/app')).toBeUndefined();
    });

    it('A15: recognizes each name of Docker Hub, and prefers the one that docker writes', async () => {
      for (const key of [
        'docker.io',
        'index.docker.io',
        'registry-1.docker.io',
        'https://index.docker.io/v1/',
      ]) {
        await dockerFile({ auths: { [key]: auth('hub:x') } });
        expect(await userOf('index.docker.io/library/busybox')).toBe('hub');
      }
      await dockerFile({
        auths: { 'docker.io': auth('old:x'), 'https://index.docker.io/v1/': auth('new:x') },
      });
      expect(await userOf('index.docker.io/library/busybox')).toBe('new');
    });

    it('skips entries without credentials', async () => {
      await dockerFile({ auths: { 'reg.io/team': {}, 'https://reg.io': {}, 'reg.io/v2/': auth('host:x') } });
      expect(await userOf('reg.io/team/app')).toBe('host');
    });

    it('A20: fails on a broken entry only if that entry is needed', async () => {
      await dockerFile({
        auths: { 'bad.io': { auth: '!!!' }, 'reg.io/bad': { auth: 'eA==' }, 'reg.io': auth('good:x') },
      });
      expect(await userOf('reg.io/app')).toBe('good');
      await expect(ask('reg.io/bad/app')).rejects.toThrow('entry "reg.io/bad" has an auth without a colon');
      await expect(ask('bad.io/app')).rejects.toBeInstanceOf(AuthError);
    });
  });

  describe('with credential helpers', () => {
    afterEach(() => {
      jest.restoreAllMocks();
    });

    it('asks the helper of the host and not credsStore', async () => {
      await dockerFile({ credHelpers: { 'https://reg.io/v2/': 'mine' }, credsStore: 'general' });
      await writeHelper(temp.path('bin'), 'mine', credentialStore({ 'reg.io': ['mine', 'p'] }));
      const general = await writeHelper(
        temp.path('bin'),
        'general',
        credentialStore({ 'other.io': ['general', 'p'] }),
      );
      expect(await userOf('reg.io/app')).toBe('mine');
      expect(await userOf('other.io/app')).toBe('general');
      expect(general.runs()).toEqual([{ action: 'get', input: 'other.io' }]);
    });

    it('A12: understands identity tokens', async () => {
      await dockerFile({ credsStore: 'test' });
      await writeHelper(temp.path('bin'), 'test', credentialStore({ 'reg.io': ['<token>', 'identity'] }));
      expect(await ask('reg.io/app')).toEqual({ identityToken: 'identity' });
    });

    it("asks for Docker Hub by docker's name, then by the name in the file", async () => {
      await dockerFile({ credHelpers: { 'docker.io': 'test' } });
      const helper = await writeHelper(
        temp.path('bin'),
        'test',
        credentialStore({ 'docker.io': ['podman', 'p'] }),
      );
      expect(await userOf('index.docker.io/library/busybox')).toBe('podman');
      expect(helper.runs().map(({ input }) => input)).toEqual(['https://index.docker.io/v1/', 'docker.io']);
    });

    it('uses the entry of the file if the helper has no credentials', async () => {
      await dockerFile({ credsStore: 'test', auths: { 'reg.io': auth('file:x') } });
      await writeHelper(temp.path('bin'), 'test', credentialStore({}));
      expect(await userOf('reg.io/app')).toBe('file');
    });

    it('prefers the entry of a namespace to the helper of the host', async () => {
      await dockerFile({
        credsStore: 'test',
        auths: { 'reg.io/team': auth('team:x'), 'reg.io': auth('file:x') },
      });
      const helper = await writeHelper(
        temp.path('bin'),
        'test',
        credentialStore({ 'reg.io': ['helper', 'p'] }),
      );
      expect(await userOf('reg.io/team/app')).toBe('team');
      expect(helper.runs()).toEqual([]);
      expect(await userOf('reg.io/other/app')).toBe('helper');
    });

    it('does not use credsStore for a host whose helper has an empty name', async () => {
      await dockerFile({
        credsStore: 'absent',
        credHelpers: { 'reg.io': '' },
        auths: { 'reg.io': auth('file:x') },
      });
      expect(await userOf('reg.io/app')).toBe('file');
    });

    it('A16: fails with an error that names the file if a helper is missing', async () => {
      await dockerFile({ credsStore: 'absent', auths: { 'reg.io': auth('file:x') } });
      const error = await ask('reg.io/app').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AuthError);
      expect((error as AuthError).message).toContain('docker-credential-absent');
      expect((error as AuthError).hint).toContain(temp.path('home/.docker/config.json'));
    });

    it('A16: fails if a helper fails, even if the file has credentials', async () => {
      await dockerFile({ credsStore: 'test', auths: { 'reg.io': auth('file:x') } });
      await writeHelper(temp.path('bin'), 'test', `console.log('locked'); process.exitCode = 1;`);
      await expect(ask('reg.io/app')).rejects.toThrow('exit status 1: locked');
    });

    it('A17: fails with an error that names the file if the name of a helper is invalid, and starts nothing', async () => {
      await dockerFile({ credHelpers: { 'reg.io': '../../bin/sh' }, credsStore: 'a;b' });
      for (const name of ['reg.io/app', 'other.io/app']) {
        await expect(ask(name)).rejects.toThrow(`${temp.path('home/.docker/config.json')}: `);
      }
      await dockerFile({ credHelpers: { 'reg.io': 1 } });
      await expect(ask('reg.io/app')).rejects.toThrow('is not a string');
    });

    it('runs a helper once for concurrent callers, and caches the response for a time', async () => {
      const now = jest.spyOn(Date, 'now').mockReturnValue(0);
      await dockerFile({ credsStore: 'test' });
      const helper = await writeHelper(temp.path('bin'), 'test', credentialStore({ 'reg.io': ['u', 'p'] }));
      const options = keychain({ cacheMs: 1000 });
      const found = await Promise.all(
        ['reg.io/a', 'reg.io/b', 'reg.io'].map((name) => options.resolve(keychainResource(name))),
      );
      for (const each of found) expect(await each.authorization()).toEqual({ username: 'u', password: 'p' });
      await options.resolve(keychainResource('none.io'));
      await options.resolve(keychainResource('none.io'));
      expect(helper.runs().map(({ input }) => input)).toEqual(['reg.io', 'none.io']);
      now.mockReturnValue(1000);
      await found[0]!.authorization();
      await options.resolve(keychainResource('none.io'));
      expect(helper.runs().map(({ input }) => input)).toEqual(['reg.io', 'none.io', 'reg.io', 'none.io']);
    });

    it('does not cache a failure', async () => {
      await dockerFile({ credsStore: 'test' });
      const options = keychain();
      await writeHelper(temp.path('bin'), 'test', `process.exitCode = 1`);
      await expect(options.resolve(keychainResource('reg.io'))).rejects.toThrow(AuthError);
      await writeHelper(temp.path('bin'), 'test', credentialStore({ 'reg.io': ['u', 'p'] }));
      expect(await (await options.resolve(keychainResource('reg.io'))).authorization()).toMatchObject({
        username: 'u',
      });
    });

    it('returns credentials to the other callers if one caller aborts', async () => {
      await dockerFile({ credsStore: 'test' });
      const helper = await writeHelper(temp.path('bin'), 'test', credentialStore({ 'reg.io': ['u', 'p'] }));
      const options = keychain();
      const controller = new AbortController();
      const impatient = options.resolve(keychainResource('reg.io'), { signal: controller.signal });
      const patient = options.resolve(keychainResource('reg.io'));
      const reason = new Error('enough');
      controller.abort(reason);
      await expect(impatient).rejects.toBe(reason);
      expect(await (await patient).authorization()).toMatchObject({ username: 'u' });
      expect(helper.runs()).toHaveLength(1);
    });
  });

  it('A18: refuses a registry that is not a host', async () => {
    const odd = { name: () => 'reg.io\nevil/app', registryStr: () => 'reg.io\nevil' };
    await expect(keychain().resolve(odd)).rejects.toThrow(AuthError);
  });
});
