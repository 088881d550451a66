import { beforeEach, describe, expect, it } from '@jest/globals';
import { authn, crane, layout, name, remote } from 'containerregistry';
import {
  type GuardedRegistry,
  headerOf,
  startGuardedRegistry,
} from '../../support/servers/start-registry.js';
import { useClosing } from '../../support/tools/closing.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const closing = useClosing();
const temp = useTempDir();
let source: GuardedRegistry;
let target: GuardedRegistry;
let from: string;
let to: string;

beforeEach(async () => {
  source = await closing(startGuardedRegistry('alice'));
  target = await closing(startGuardedRegistry('bob'));
  from = `${source.host}/app`;
  to = `${target.host}/mirror`;
  await crane.push(crane.image({ a: Buffer.from('a') }), `${from}:v1`, { auth: source.credentials });
  source.seen.clear();
});

/** Each registry was sent its own credentials, or none. */
function expectOwnCredentialsOnly(): void {
  for (const { seen, credentials } of [source, target])
    expect([undefined, headerOf(credentials)]).toEqual(expect.arrayContaining([...seen]));
}

function expectNothingSent(): void {
  expect([...source.seen, ...target.seen]).toEqual([]);
}

const byHost = (): authn.CredentialsByHost => ({
  [source.host]: source.credentials,
  [target.host]: target.credentials,
});

describe('a copy between two registries', () => {
  it.each([
    ['a plain object', () => target.credentials],
    ['an authenticator', () => authn.basic(target.credentials)],
  ])(
    'refuses the credentials of one registry, given as %s, before the first request',
    async (_form, auth) => {
      const failure = crane.copy(`${from}:v1`, `${to}:v1`, { auth: auth() });
      await expect(failure).rejects.toThrow(TypeError);
      await expect(failure).rejects.toThrow(/`sourceAuth` and `targetAuth`/);
      await expect(crane.copyRepository(from, to, { auth: auth() })).rejects.toThrow(TypeError);
      const reuse = remote.newPusher({ auth: auth() });
      await expect(crane.copy(`${from}:v1`, `${to}:v1`, { reuse })).rejects.toThrow(TypeError);
      expectNothingSent();
    },
  );

  it('sends credentials by host to their hosts', async () => {
    await crane.copy(`${from}:v1`, `${to}:v1`, { auth: byHost(), referrers: true, digestTags: true });
    await crane.copyRepository(from, `${to}2`, { auth: byHost() });
    expectOwnCredentialsOnly();
    expect(target.seen).toContain(headerOf(target.credentials));
  });

  it('sends `sourceAuth` and `targetAuth` to their sides', async () => {
    const sides = { sourceAuth: source.credentials, targetAuth: authn.basic(target.credentials) };
    await crane.copy(`${from}:v1`, `${to}:v1`, { ...sides, noClobber: true });
    await crane.copyRepository(from, `${to}2`, { ...sides, noClobber: true });
    expectOwnCredentialsOnly();
    expect(await crane.listTags(`${to}2`, { auth: target.credentials })).toEqual(['v1']);
  });

  it('uses `auth` for the side that has no credentials of its own', async () => {
    await crane.copy(`${from}:v1`, `${to}:v1`, { auth: source.credentials, targetAuth: target.credentials });
    await crane.copy(`${from}:v1`, `${to}:v2`, { auth: target.credentials, sourceAuth: source.credentials });
    expectOwnCredentialsOnly();
  });

  it('refuses credentials for a side together with `reuse`', async () => {
    const options = { reuse: remote.newPusher(), sourceAuth: source.credentials };
    await expect(crane.copy(`${from}:v1`, `${to}:v1`, options)).rejects.toThrow(/reuse/);
    expectNothingSent();
  });

  it('never sends fixed credentials to a mirror of the source', async () => {
    const mirror = await closing(startGuardedRegistry('mirror'));
    const registries = { [source.host]: { mirrors: [mirror.host] } };
    const sides = { sourceAuth: source.credentials, targetAuth: target.credentials };
    await crane.copy(`${from}:v1`, `${to}:v1`, { ...sides, registries });
    expectOwnCredentialsOnly();
    expect([...mirror.seen]).toEqual([undefined]);
  });
});

describe('a copy within one registry', () => {
  it('takes the credentials of that registry', async () => {
    await crane.copy(`${from}:v1`, `${source.host}/other:v1`, { auth: source.credentials });
    await crane.copy(`${from}:v1`, `${source.host}/other:v2`, {
      sourceAuth: source.credentials,
      targetAuth: source.credentials,
    });
    expect(await crane.listTags(`${source.host}/other`, { auth: source.credentials })).toEqual(['v1', 'v2']);
  });
});

describe('a copy to or from the disk', () => {
  it('sends the credentials of its side', async () => {
    const directory = { kind: 'oci', path: temp.path('layout'), tag: 'v1' } as const;
    await crane.copy(`${from}:v1`, directory, { sourceAuth: source.credentials });
    await crane.copy(directory, `${to}:v1`, { targetAuth: target.credentials });
    await crane.copy(directory, `${to}:v2`, { auth: target.credentials });
    expectOwnCredentialsOnly();
    expect(await (await layout.fromPath(directory.path)).imageIndex()).toBeDefined();
  });
});

describe('every other operation on two registries', () => {
  const refused = async (operation: Promise<unknown>): Promise<void> => {
    await expect(operation).rejects.toThrow(/`auth` has the credentials of one registry/);
    expectNothingSent();
  };

  it('refuses the credentials of one registry', async () => {
    const auth = target.credentials;
    await refused(crane.flatten(`${from}:v1`, { tag: `${to}:v1`, auth }));
    await refused(crane.rebase(`${from}:v1`, { newBase: `${to}:base`, oldBase: 'scratch', auth }));
    await refused(crane.rebase(`${from}:v1`, { newBase: `${from}:b`, oldBase: `${to}:b`, auth }));
    await refused(crane.pullTo([`${from}:v1`, `${to}:v1`], temp.path('a.tar'), { auth }));
    const image = crane.image({ b: Buffer.from('b') });
    const references = [name.parseReference(`${from}:v2`), name.parseReference(`${to}:v2`)];
    await refused(
      remote.multiWrite(
        references.map((reference) => [reference, image]),
        { auth },
      ),
    );
  });

  it('refuses to push the tags of an archive to two registries', async () => {
    const image = crane.image({ b: Buffer.from('b') });
    const file = temp.path('two.tar');
    await crane.multiSave({ [`${from}:v2`]: image, [`${to}:v2`]: image }, file);
    await refused(crane.pushTags(file, { auth: target.credentials }));
    await crane.pushTags(file, { auth: byHost() });
    expectOwnCredentialsOnly();
  });

  it('refuses to read a base that only an annotation names', async () => {
    await crane.copy(`${from}:v1`, `${to}:base`, { auth: byHost() });
    await crane.rebase(`${from}:v1`, {
      ...{ oldBase: 'scratch', newBase: `${to}:base`, tag: `${from}:v2` },
      auth: byHost(),
    });
    target.seen.clear();
    await expect(crane.rebase(`${from}:v2`, { auth: source.credentials })).rejects.toThrow(TypeError);
    expect([...target.seen]).toEqual([]);
  });

  it('binds the credentials of a puller to the first registry', async () => {
    const puller = remote.newPuller({ auth: authn.basic(source.credentials) });
    await puller.get(name.parseReference(`${from}:v1`));
    await expect(puller.get(name.parseReference(`${to}:v1`))).rejects.toThrow(TypeError);
    await expect(puller.list(name.newRepository(to))).rejects.toThrow(TypeError);
    expect([...target.seen]).toEqual([]);
  });
});
