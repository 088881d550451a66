import { writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { authn, crane, errors, name, remote } from 'containerregistry';
import {
  type GuardedRegistry,
  startGuardedRegistry,
  startRegistry,
} from '../support/servers/start-registry.js';
import { useClosing } from '../support/tools/closing.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const closing = useClosing();
const temp = useTempDir();
let guarded: GuardedRegistry;
let reference: string;

beforeEach(async () => {
  guarded = await closing(startGuardedRegistry('alice'));
  reference = `${guarded.host}/app:v1`;
  await crane.push(crane.image({ a: 'a' }), reference, { auth: guarded.credentials });
});

const reasonOf = async (operation: Promise<unknown>): Promise<unknown> => {
  const failure: unknown = await operation.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof errors.AuthError)) return failure;
  return { reason: failure.reason, status: failure.status };
};

/** A keychain that reads one configuration file. */
async function configured(text: string): Promise<authn.Keychain> {
  const file = temp.path('config.json');
  await writeFile(file, text);
  return authn.newDefaultKeychain({ files: [file], env: { PATH: temp.path() } });
}

const BROKEN_CONFIG = '{ "auths": ';
const MISSING_HELPER = '{ "credsStore": "nowhere" }';

describe('the reason of an AuthError', () => {
  it('is `missing` without credentials, and `refused` with wrong ones', async () => {
    expect(await reasonOf(crane.digest(reference, { auth: authn.anonymous }))).toEqual({
      reason: 'missing',
      status: 401,
    });
    const auth = { username: 'alice', password: 'wrong' };
    expect(await reasonOf(crane.digest(reference, { auth }))).toEqual({ reason: 'refused', status: 401 });
  });

  it('is `refused` with status 403 if the credentials do not permit the request', async () => {
    const denying = await closing(startRegistry({ auth: () => 'deny' }));
    const auth = { username: 'alice', password: 'right' };
    const failure = reasonOf(crane.digest(`${denying.host}/app:v1`, { auth }));
    expect(await failure).toEqual({ reason: 'refused', status: 403 });
  });

  it.each([
    ['config', BROKEN_CONFIG],
    ['config', '{ "auths": { "HOST": { "auth": "%%%" } } }'],
    ['helper-missing', MISSING_HELPER],
  ])('is `%s` for the configuration %s', async (reason, text) => {
    const auth = await configured(text.replace('HOST', guarded.host));
    expect(await reasonOf(crane.digest(reference, { auth }))).toEqual({ reason, status: undefined });
  });
});

describe('lenient', () => {
  it.each([BROKEN_CONFIG, MISSING_HELPER])(
    'reads public images in spite of the configuration %s',
    async (text) => {
      const open = await closing(startRegistry());
      const reported: unknown[] = [];
      const auth = authn.lenient(await configured(text), { onError: (error) => reported.push(error.reason) });
      await crane.push(crane.image({ a: 'a' }), `${open.host}/app:v1`, { auth });
      expect(await crane.digest(`${open.host}/app:v1`, { auth })).toMatch(/^sha256:/);
      expect(reported.length).toBeGreaterThan(0);
    },
  );

  it('passes on credentials, other errors and aborts', async () => {
    const right = authn.byHost({ [guarded.host]: guarded.credentials });
    await crane.digest(reference, { auth: authn.lenient(right) });
    const failing: authn.Keychain = {
      resolve: async () => {
        throw new Error('a fault of the program');
      },
    };
    await expect(crane.digest(reference, { auth: authn.lenient(failing) })).rejects.toThrow('a fault');
    const aborted = authn.lenient({
      resolve: async () => Promise.reject(new DOMException('', 'AbortError')),
    });
    await expect(crane.digest(reference, { auth: aborted })).rejects.toThrow(DOMException);
  });

  it('has no credentials if a refresh fails later', async () => {
    const inner: authn.Keychain = {
      resolve: async () => ({
        authorization: async () => {
          throw new errors.AuthError('expired', { reason: 'helper' });
        },
      }),
    };
    expect(await reasonOf(crane.digest(reference, { auth: authn.lenient(inner) }))).toEqual({
      reason: 'missing',
      status: 401,
    });
  });
});

describe('newPlatformKeychain', () => {
  it('has no credentials if no helper is installed', async () => {
    const keychain = authn.newPlatformKeychain({ env: { PATH: temp.path() } });
    expect(await keychain.resolve(authn.resourceOf('registry.example'))).toBe(authn.anonymous);
  });

  it('asks the helper of the platform', async () => {
    if (process.platform !== 'linux') return;
    const script = '#!/bin/sh\nread url\necho "{\\"Username\\":\\"u\\",\\"Secret\\":\\"s of $url\\"}"\n';
    await writeFile(temp.path('docker-credential-secretservice'), script, { mode: 0o755 });
    const keychain = authn.newPlatformKeychain({ env: { PATH: temp.path() } });
    const found = await keychain.resolve(authn.resourceOf('registry.example'));
    expect(await found.authorization()).toEqual({ username: 'u', password: 's of registry.example' });
  });
});

describe('checkCredentials', () => {
  it('resolves if the registry accepts the credentials', async () => {
    const registry = name.newRegistry(guarded.host);
    await remote.checkCredentials(registry, { auth: guarded.credentials });
    await remote.checkCredentials(registry, { auth: { [guarded.host]: guarded.credentials } });
  });

  it('rejects with the reason', async () => {
    const registry = name.newRegistry(guarded.host);
    expect(await reasonOf(remote.checkCredentials(registry))).toEqual({
      reason: 'missing',
      status: undefined,
    });
    const wrong = { username: 'alice', password: 'wrong' };
    expect(await reasonOf(remote.checkCredentials(registry, { auth: wrong }))).toEqual({
      reason: 'refused',
      status: 401,
    });
  });
});

describe('blob', () => {
  it('downloads a blob into memory, up to a cap', async () => {
    const auth = guarded.credentials;
    const config = await crane.config(reference, { auth });
    const digest = await (await crane.pull(reference, { auth })).configName();
    const blob = `${guarded.host}/app@${digest}`;
    expect(await crane.blob(blob, { auth })).toEqual(Buffer.from(config));
    expect(await remote.blob(name.newDigest(blob), { auth })).toEqual(Buffer.from(config));
    await expect(crane.blob(blob, { auth, maxBlobBytes: 10 })).rejects.toMatchObject({
      hint: expect.stringContaining('maxBlobBytes'),
    });
  });
});

describe('a list with `pages`', () => {
  it('ends after that many pages', async () => {
    const auth = guarded.credentials;
    for (const tag of ['v2', 'v3', 'v4']) await crane.tag(reference, tag, { auth });
    const options = { auth, pageSize: 1 };
    const repository = `${guarded.host}/app`;
    expect(await crane.listTags(repository, { ...options, pages: 2 })).toEqual(['v1', 'v2']);
    expect(await remote.list(name.newRepository(repository), { ...options, pages: 3 })).toHaveLength(3);
    expect(await crane.catalog(guarded.host, { ...options, pages: 1 })).toEqual(['app']);
    expect(await crane.listTags(repository, { ...options, pages: 100 })).toHaveLength(4);
    await expect(crane.listTags(repository, { ...options, maxPages: 2 })).rejects.toMatchObject({
      hint: expect.stringContaining('maxPages'),
    });
    await expect(crane.listTags(repository, { ...options, pages: 0 })).rejects.toThrow(TypeError);
  });
});
