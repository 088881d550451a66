import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../../src/errors/service/auth.js';
import { newDefaultKeychain } from '../../src/authn/default-keychain.js';
import { login } from '../../src/authn/login.js';
import { logout } from '../../src/authn/logout.js';
import { credentialStore, writeHelper } from '../support/programs/credential-helper.js';
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
const user = { username: 'u', password: 'p' };

async function write(config: unknown): Promise<void> {
  await mkdir(path.dirname(file()), { recursive: true });
  await writeFile(file(), JSON.stringify(config));
}
const read = async (): Promise<unknown> => JSON.parse(await readFile(file(), 'utf8')) as unknown;
const ask = async (name: string) =>
  (await newDefaultKeychain({ env: env() }).resolve(keychainResource(name))).authorization();

describe('logout', () => {
  it('removes a server under all its names, and keeps all other entries', async () => {
    await write({
      auths: {
        'docker.io': { auth: base64('a:a') },
        'https://index.docker.io/v1/': { auth: base64('b:b') },
        'https://index.docker.io/v1/refresh-token': { auth: base64('c:c') },
        'docker.io/team': { auth: base64('t:t') },
        'other.io': { auth: base64('o:o') },
      },
      psFormat: 'table',
    });
    expect(await logout('docker.io', { env: env() })).toEqual({
      file: file(),
      removed: true,
      files: [file()],
      remaining: [{ source: file(), key: 'docker.io/team' }],
    });
    expect(await read()).toEqual({
      auths: { 'docker.io/team': { auth: base64('t:t') }, 'other.io': { auth: base64('o:o') } },
      psFormat: 'table',
    });
  });

  it('says that there were no credentials, and writes nothing', async () => {
    expect(await logout('reg.io', { env: env() })).toEqual({
      file: file(),
      removed: false,
      files: [],
      remaining: [],
    });
    expect(existsSync(file())).toBe(false);
  });

  it("V3: removes what podman's files hold as well, and only there is asked where `file` says so", async () => {
    const podman = temp.path('run', 'containers', 'auth.json');
    await mkdir(path.dirname(podman), { recursive: true });
    const auths = { 'quay.io': { auth: base64('me:pw') }, 'other.io': { auth: base64('o:o') } };
    await writeFile(podman, JSON.stringify({ auths }));
    expect(await logout('quay.io', { env: env(), file: file() })).toMatchObject({
      removed: false,
      files: [],
    });
    expect(await ask('quay.io')).toEqual({ username: 'me', password: 'pw' });
    expect(await logout('quay.io', { env: env() })).toEqual({
      file: file(),
      removed: true,
      files: [podman],
      remaining: [],
    });
    expect(await ask('quay.io')).toEqual({});
    expect(JSON.parse(await readFile(podman, 'utf8'))).toEqual({ auths: { 'other.io': auths['other.io'] } });
    expect(existsSync(file())).toBe(false);
  });

  it('V3: lists the credentials that still apply: of namespaces below and above, and in the variable', async () => {
    const auth = base64('u:p');
    const inline = JSON.stringify({ auths: { 'reg.io': { auth } } });
    await write({
      auths: { 'reg.io': { auth }, 'reg.io/team': { auth }, 'reg.io/empty': {}, 'other.io': { auth } },
    });
    const result = await logout('reg.io', { env: { ...env(), DOCKER_AUTH_CONFIG: inline } });
    expect(result).toMatchObject({
      removed: true,
      remaining: [
        { source: 'DOCKER_AUTH_CONFIG', key: 'reg.io' },
        { source: file(), key: 'reg.io/team' },
      ],
    });
    expect((await logout('reg.io/team', { env: env() })).remaining).toEqual([]);
    await login('reg.io', user, { env: env() });
    expect(await logout('reg.io/team', { env: env() })).toMatchObject({
      removed: false,
      remaining: [{ source: file(), key: 'reg.io' }],
    });
  });

  it('V3: removes credentials from the other files if one is broken, and fails', async () => {
    const podman = temp.path('run', 'containers', 'auth.json');
    await mkdir(path.dirname(podman), { recursive: true });
    await writeFile(podman, '{');
    await write({ auths: { 'reg.io': { auth: base64('u:p') } } });
    await expect(logout('reg.io', { env: env() })).rejects.toThrow(`read ${podman}: not valid JSON`);
    expect(await read()).toEqual({ auths: {} });
  });

  it('erases credentials from the helper, too', async () => {
    await write({ credsStore: 'test', auths: { 'reg.io': {} } });
    const helper = await writeHelper(temp.path('bin'), 'test', credentialStore({ 'reg.io': ['u', 'p'] }));
    expect(await logout('reg.io', { env: env() })).toMatchObject({ removed: true });
    expect(helper.runs()).toEqual([{ action: 'erase', input: 'reg.io' }]);
    expect(await ask('reg.io')).toEqual({});
    expect(await logout('reg.io', { env: env() })).toMatchObject({ removed: false });
  });

  it('ignores a helper that fails to erase credentials which it does not have', async () => {
    await write({ credsStore: 'test' });
    await writeHelper(
      temp.path('bin'),
      'test',
      `console.log(action === 'get' ? 'credentials not found in native keychain' : 'no such item'); process.exitCode = 1;`,
    );
    expect(await logout('reg.io', { env: env() })).toMatchObject({ removed: false });
  });

  it('removes credentials from the file even if the helper fails, and fails', async () => {
    await write({ credsStore: 'test', auths: { 'reg.io': { auth: base64('u:p') } } });
    await writeHelper(temp.path('bin'), 'test', `console.log('locked'); process.exitCode = 1;`);
    await expect(logout('reg.io', { env: env() })).rejects.toBeInstanceOf(AuthError);
    expect(await read()).toEqual({ credsStore: 'test', auths: {} });
  });
});
