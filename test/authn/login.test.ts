import { once } from 'node:events';
import { existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BadNameError } from '../../src/errors/invalid/name.js';
import type { AuthConfig } from '../../src/authn/config/authenticator.js';
import { newDefaultKeychain } from '../../src/authn/default-keychain.js';
import { editConfig } from '../../src/authn/config/edit-config.js';
import { login } from '../../src/authn/login.js';
import { logout } from '../../src/authn/logout.js';
import { credentialStore, writeHelper } from '../support/programs/credential-helper.js';
import { outcomeOf, startProgram } from '../support/programs/child.js';
import { keychainResource } from '../support/tools/keychain-resource.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const env = () => ({
  PATH: temp.path('bin'),
  DOCKER_CONFIG: temp.path('docker'),
  XDG_RUNTIME_DIR: temp.path('run'),
  HOME: temp.path('home'),
});
const file = () => temp.path('docker', 'config.json');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const user: AuthConfig = { username: 'u', password: 'p' };

async function write(config: unknown): Promise<void> {
  await mkdir(path.dirname(file()), { recursive: true });
  await writeFile(file(), typeof config === 'string' ? config : JSON.stringify(config));
}
const read = async (): Promise<unknown> => JSON.parse(await readFile(file(), 'utf8')) as unknown;
const ask = async (name: string) =>
  (await newDefaultKeychain({ env: env() }).resolve(keychainResource(name))).authorization();

describe('login', () => {
  it('creates a file that only its owner can read, in the directory DOCKER_CONFIG', async () => {
    expect(await login('reg.io', user, { env: env() })).toEqual({ file: file(), helper: undefined });
    expect(await read()).toEqual({ auths: { 'reg.io': { auth: base64('u:p') } } });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file()))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.dirname(file()))).toEqual(['config.json']);
  });

  it.each([
    ['reg.io', 'reg.io', 'reg.io/app'],
    ['https://REG.io/v2/', 'reg.io', 'reg.io/app'],
    ['localhost:5000', 'localhost:5000', 'localhost:5000/app'],
    ['reg.io:443', 'reg.io:443', 'reg.io/app'],
    ['docker.io', 'https://index.docker.io/v1/', 'index.docker.io/library/busybox'],
    ['https://index.docker.io/v1/', 'https://index.docker.io/v1/', 'index.docker.io/library/busybox'],
    ['reg.io/team', 'reg.io/team', 'reg.io/team/app'],
    ['index.docker.io/team', 'docker.io/team', 'index.docker.io/team/app'],
  ])('stores %s as %s, where the keychain finds it for %s', async (server, key, name) => {
    await login(server, { username: 'Jürgen', password: 'pä:ss🔑' }, { env: env() });
    expect(await read()).toEqual({ auths: { [key]: { auth: base64('Jürgen:pä:ss🔑') } } });
    expect(await ask(name)).toEqual({ username: 'Jürgen', password: 'pä:ss🔑' });
  });

  it('stores identity and registry tokens', async () => {
    await login('a.io', { identityToken: 'i' }, { env: env() });
    await login('b.io', { registryToken: 'r' }, { env: env() });
    expect(await ask('a.io')).toEqual({ identityToken: 'i' });
    expect(await ask('b.io')).toEqual({ registryToken: 'r' });
  });

  it('keeps unknown fields and other entries, and replaces other names of the same server', async () => {
    await write({
      HttpHeaders: { 'X-Meta': '1' },
      Auths: {
        'other.io': { auth: base64('o:o') },
        'docker.io': { auth: base64('old:old') },
        'https://index.docker.io/v1/': {
          auth: base64('older:older'),
          identitytoken: 'old',
          email: 'u@example.com',
        },
      },
      futureField: { deep: [1, { a: null }] },
    });
    await login('docker.io', user, { env: env() });
    expect(await read()).toEqual({
      HttpHeaders: { 'X-Meta': '1' },
      Auths: {
        'other.io': { auth: base64('o:o') },
        'https://index.docker.io/v1/': { auth: base64('u:p'), email: 'u@example.com' },
      },
      futureField: { deep: [1, { a: null }] },
    });
    expect(await readFile(file(), 'utf8')).toContain('\n\t"HttpHeaders"');
  });

  it('keeps a symbolic link, also one whose target does not exist yet', async () => {
    await mkdir(temp.path('docker'));
    await symlink('../real/config.json', file());
    await login('a.io', user, { env: env() });
    await login('b.io', user, { env: env() });
    expect((await lstat(file())).isSymbolicLink()).toBe(true);
    expect(await readFile(temp.path('real/config.json'), 'utf8')).toContain('b.io');
    expect(await read()).toMatchObject({ auths: { 'a.io': {}, 'b.io': {} } });
  });

  it('loses none of many concurrent logins', async () => {
    const servers = Array.from({ length: 20 }, (_, index) => `r${index}.io`);
    await Promise.all(servers.map((server) => login(server, user, { env: env() })));
    expect(Object.keys((await read()) as { auths: object }).length).toBe(1);
    expect(Object.keys(((await read()) as { auths: object }).auths).sort()).toEqual([...servers].sort());
  });

  it('V2: loses none of many logins in several processes, and leaves no lock', async () => {
    const program = `
      import { login } from 'ROOT/src/authn/login.ts';
      const [first, ...variables] = process.argv.slice(2);
      const env = Object.fromEntries(variables.map((one) => one.split('=')));
      for (let at = 0; at < 5; at += 1) await login('r' + first + at + '.io', { username: 'u', password: 'p' }, { env });
    `;
    const variables = Object.entries(env()).map(([name, value]) => `${name}=${value}`);
    const children = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (first) => {
        await mkdir(temp.path(first));
        return outcomeOf(startProgram(temp.path(first), program, [first, ...variables]));
      }),
    );
    expect(children.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      children.map(() => ({ code: 0, stderr: '' })),
    );
    expect(Object.keys(((await read()) as { auths: object }).auths)).toHaveLength(20);
    expect(await readdir(path.dirname(file()))).toEqual(['config.json']);
  });

  it('V2: loses no login if another process takes over the lock while this process is suspended', async () => {
    await write({ auths: {} });
    const lock = `${file()}.lock`;
    let runs = 0;
    await editConfig(file(), { maxBytes: 1000, create: false }, async (document) => {
      runs += 1;
      if (runs === 1) {
        rmSync(lock);
        symlinkSync('another process', lock);
        writeFileSync(file(), JSON.stringify({ auths: { 'other.io': {} } }));
        setTimeout(() => {
          rmSync(lock);
        }, 50);
      }
      const auths = document.auths as object;
      return Promise.resolve({ ...document, auths: { ...auths, 'own.io': {} } });
    });
    expect(await read()).toEqual({ auths: { 'other.io': {}, 'own.io': {} } });
    expect(await readdir(path.dirname(file()))).toEqual(['config.json']);
  });

  it('V2: does not wait for a process that was killed while it held the lock', async () => {
    const program = `
      import { withLock } from 'ROOT/src/internal/lock/lock-file.ts';
      await withLock(process.argv[2], () => new Promise(() => { console.log('held'); setInterval(() => undefined, 1000); }));
    `;
    await mkdir(temp.path('docker'));
    await mkdir(temp.path('child'));
    const child = startProgram(temp.path('child'), program, [`${file()}.lock`]);
    const outcome = outcomeOf(child);
    await once(child.stdout!, 'data');
    child.kill('SIGKILL');
    await outcome;
    await login('reg.io', user, { env: env() });
    expect(await readdir(temp.path('docker'))).toEqual(['config.json']);
  });

  it('does not touch a file that it cannot read', async () => {
    await write('{"auths": {"reg.io": CANARY');
    await expect(login('a.io', user, { env: env() })).rejects.toThrow('not valid JSON at line 1');
    expect(await readFile(file(), 'utf8')).toBe('{"auths": {"reg.io": CANARY');
  });

  it('says why it cannot write, and leaves no temporary file', async () => {
    await writeFile(temp.path('docker'), 'a file where the directory should be');
    await expect(login('a.io', user, { env: env() })).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      path: file(),
      message: `write ${file()}: not a directory`,
    });
    expect(await readdir(temp.path())).toEqual(['docker']);
  });

  describe('with a credential helper', () => {
    it('stores the secret in the helper, and removes it from the file', async () => {
      await write({ credsStore: 'test', auths: { 'reg.io': { auth: base64('old:old'), email: 'e' } } });
      const helper = await writeHelper(temp.path('bin'), 'test', credentialStore({}));
      expect(await login('reg.io', user, { env: env() })).toEqual({ file: file(), helper: 'test' });
      expect(helper.runs().map(({ action }) => action)).toEqual(['store']);
      expect(await read()).toEqual({ credsStore: 'test', auths: { 'reg.io': { email: 'e' } } });
      expect(await ask('reg.io/app')).toEqual(user);
    });

    it('stores an identity token as the secret of the user <token>', async () => {
      await write({ credHelpers: { 'docker.io': 'test' } });
      const helper = await writeHelper(temp.path('bin'), 'test', credentialStore({}));
      await login('docker.io', { username: 'u', identityToken: 'i' }, { env: env() });
      expect(JSON.parse(helper.runs()[0]!.input)).toEqual({
        ServerURL: 'https://index.docker.io/v1/',
        Username: '<token>',
        Secret: 'i',
      });
      expect(await ask('index.docker.io/library/busybox')).toEqual({ identityToken: 'i' });
    });

    it('stores credentials in the file if helpers do not support them', async () => {
      await write({ credsStore: 'absent' });
      expect(await login('reg.io/team', user, { env: env() })).toMatchObject({ helper: undefined });
      expect(await login('b.io', { registryToken: 'r' }, { env: env() })).toMatchObject({
        helper: undefined,
      });
      expect(await ask('reg.io/team/app')).toEqual(user);
    });

    it('changes nothing if the helper fails', async () => {
      await write({ credsStore: 'test' });
      await writeHelper(temp.path('bin'), 'test', `console.log('locked'); process.exitCode = 1`);
      await expect(login('reg.io', user, { env: env() })).rejects.toThrow(
        /docker-credential-test store reg.io: .*locked/,
      );
      expect(await read()).toEqual({ credsStore: 'test' });
    });

    it('is seen at once by keychains that had cached a lack of credentials', async () => {
      await write({ credsStore: 'test' });
      await writeHelper(temp.path('bin'), 'test', credentialStore({}));
      const keychain = newDefaultKeychain({ env: env() });
      expect(await (await keychain.resolve(keychainResource('reg.io'))).authorization()).toEqual({});
      await login('reg.io', user, { env: env() });
      expect(await (await keychain.resolve(keychainResource('reg.io'))).authorization()).toEqual(user);
      await logout('reg.io', { env: env() });
      expect(await (await keychain.resolve(keychainResource('reg.io'))).authorization()).toEqual({});
    });
  });

  it.each([
    '',
    'reg.io/Team',
    'reg.io/app:latest',
    'reg.io/app@sha256:abc',
    'u:p@reg.io',
    'reg io',
    'reg.io/..',
    'reg.io\n',
    'reg.io:99999',
    'reg.io:0x50',
    '-x',
    '--help',
    '..',
    '../x',
    './reg.io',
    '/etc',
    'reg..io',
  ])('refuses the server %j', async (server) => {
    await expect(login(server, user, { env: env() })).rejects.toThrow(BadNameError);
    await expect(logout(server, { env: env() })).rejects.toThrow(BadNameError);
    expect(existsSync(file())).toBe(false);
  });

  it.each([
    {},
    { username: '' },
    { username: 'a:b', password: 'p' },
    { password: 'p' },
    { registryToken: 'a b' },
  ])('refuses %j, which cannot be stored', async (credentials) => {
    await expect(login('reg.io', credentials, { env: env() })).rejects.toThrow(TypeError);
  });

  it('writes nothing after an abort', async () => {
    const reason = new Error('stop');
    await expect(login('reg.io', user, { env: env(), signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    expect(existsSync(file())).toBe(false);
  });
});
