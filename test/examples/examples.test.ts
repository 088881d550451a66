import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { makeFiles } from '../support/archives/make-files.js';
import { outcomeOf } from '../support/programs/child.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();

/** Runs an example as a user would. It imports the built package by its name. */
function example(name: string, ...args: readonly string[]): ChildProcess {
  if (!existsSync('dist/index.js')) throw new Error('dist is missing: run `npm run build` first');
  return spawn(process.execPath, [`examples/${name}`, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', DOCKER_CONFIG: '/nonexistent', TMPDIR: temp.path() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const image = crane.image({ 'etc/name': Buffer.from('example') });

describe('examples/quickstart.mjs', () => {
  it('goes from files to an archive, two registries and a layout, with one digest', async () => {
    const { code, stdout, stderr } = await outcomeOf(example('quickstart.mjs'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^\d\. /gm)).toHaveLength(7);
    expect(stdout.match(/^ {3}ok /gm)).toHaveLength(5);
    // The blobs are mounted within one registry and sent to the other.
    expect(stdout).toMatch(/^ {3}mounted {2}sha256:/m);
    expect(stdout).toMatch(/^ {3}digest {3}sha256:[0-9a-f]{64}$/m);
  });
});

describe('examples/push-archive.mjs', () => {
  it('pushes an archive, and says what the registry has', async () => {
    const reference = `${registry.host}/team/app:v1`;
    await crane.save(image, 'app:v1', temp.path('app.tar'));
    const { code, stdout } = await outcomeOf(example('push-archive.mjs', temp.path('app.tar'), reference));
    expect(code).toBe(0);
    expect(stdout).toBe(`${reference} is ${await crane.digest(reference)}\n`);
    expect(await (await crane.pull(reference)).configName()).toBe(await image.configName());
  });

  it('says how it is used', async () => {
    const { code, stderr } = await outcomeOf(example('push-archive.mjs'));
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'usage: push-archive.mjs <file> <reference>\n' });
  });
});

describe('examples/retag-archive.mjs', () => {
  it('writes an archive in which the image has the new name', async () => {
    await crane.save(image, 'app:v1', temp.path('app.tar'));
    const { code, stdout } = await outcomeOf(
      example(
        'retag-archive.mjs',
        temp.path('app.tar'),
        'registry.example/team/app:v2',
        temp.path('new.tar'),
      ),
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`image ID ${await image.configName()}`);
    const renamed = await crane.loadTag(temp.path('new.tar'), 'registry.example/team/app:v2');
    expect(await renamed.configName()).toBe(await image.configName());
    await expect(crane.loadTag(temp.path('new.tar'), 'app:v1')).rejects.toThrow();
  });
});

describe('examples/build-and-push.mjs', () => {
  const dockerfile = 'FROM scratch\nARG VERSION\nLABEL version=$VERSION\nCOPY a /\n';

  it('builds a Dockerfile, pushes the image, and leaves no file', async () => {
    const context = await makeFiles(temp.path('context'), { Dockerfile: dockerfile, a: 'a' });
    const reference = `${registry.host}/team/app:v1`;
    const { code, stdout, stderr } = await outcomeOf(example('build-and-push.mjs', context, reference));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${reference} is ${await crane.digest(reference)}\n`,
    });
    expect(stderr).toContain('[0 3/3] COPY a /\n');
    expect((await (await crane.pull(reference)).configFile()).config.Labels).toEqual({ version: '1.0' });
    expect(await readdir(temp.path())).toEqual(['context']);
    // The first request that changes something is the check of the permission.
    expect(registry.requests.find(({ method }) => method !== 'GET')?.method).toBe('POST');
  });

  it('writes an archive and sends no request', async () => {
    const context = await makeFiles(temp.path('context'), { Dockerfile: dockerfile, a: 'a' });
    const args = [context, 'registry.example/team/app:v1', '--tar', temp.path('app.tar')];
    const { code, stdout } = await outcomeOf(example('build-and-push.mjs', ...args));
    expect(code).toBe(0);
    expect(stdout).toContain('app.tar has registry.example/team/app:v1 in it, sha256:');
    const image = await crane.loadTag(temp.path('app.tar'), 'registry.example/team/app:v1');
    expect(await image.layers()).toHaveLength(1);
    expect(registry.requests).toEqual([]);
  });

  it('fails before the build without the permission to push', async () => {
    const guarded = await startRegistry({ auth: { basic: { users: { me: 'secret' }, realm: 'test' } } });
    try {
      const args = [temp.path('missing'), `${guarded.host}/app:v1`];
      const { code, stderr } = await outcomeOf(example('build-and-push.mjs', ...args));
      expect(code).toBe(1);
      expect(stderr).toContain('AuthError');
    } finally {
      await guarded.close();
    }
  });
});
