import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import * as empty from '../../../src/empty/index.js';
import * as legacy from '../../../src/legacy/index.js';
import * as mutate from '../../../src/mutate/index.js';
import { newTag } from '../../../src/name/tag.js';
import type { ConfigFile } from '../../../src/v1/config-file.js';
import type { Image } from '../../../src/v1/image.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { gantry } from '../../support/programs/gantry.js';
import { file, directory, layeredImage } from '../../support/images/layered-image.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();

/** Runs a command that must succeed. */
async function run(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gantry([...args, '--quiet']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout.trim();
}

const imageFor = async (architecture: string): Promise<Image> =>
  layeredImage([[directory('etc'), file('etc/os', architecture)], [file('app', '#!')]], {
    config: (config) => ({ ...config, os: 'linux', architecture, docker_version: '20.10.0' }),
  });

describeWithPeers("skopeo's notation", ['skopeo'], ({ skopeo }) => {
  const copy = async (from: string, to: string): Promise<void> => {
    const loose = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    await skopeo.run(['--insecure-policy', 'copy', ...loose, from, to]);
  };
  const config = async (place: string): Promise<string> => run('config', place);

  it.each([
    ['oci:DIR:v1', 'oci:DIR:v2'],
    ['oci:DIR:registry.example:5000/app:v1', 'oci:OTHER'],
    ['oci-archive:DIR.tar:v1', 'oci-archive:OTHER.tar:app:v2'],
    ['oci-archive:DIR.tar', 'oci-archive:OTHER.tar'],
    ['docker-archive:DIR.tar:app:v1', 'docker-archive:OTHER.tar:registry.example/app:v2'],
    ['docker-archive:DIR.tar', 'docker-archive:OTHER.tar:app'],
    ['docker://REGISTRY/app:v1', 'docker://REGISTRY/app:v2'],
  ])('has the same meaning for both: %s', async (first, second) => {
    const at = (text: string): string =>
      text
        .replace('DIR', temp.path('one'))
        .replace('OTHER', temp.path('two'))
        .replace('REGISTRY', registry.host);
    const image = await imageFor('amd64');
    const expected = Buffer.from(await image.rawConfigFile())
      .toString()
      .trim();
    await crane.push(image, `${registry.host}/source:v1`);
    // Written by gantry, read and written by skopeo, read by gantry.
    await run('copy', `${registry.host}/source:v1`, at(first));
    await copy(at(first), at(second));
    expect(await config(at(second))).toBe(expected);
    await run('validate', '--remote', at(second));
    // Written by skopeo alone, and back into a registry by gantry.
    await run('copy', at(second), `${registry.host}/target:v1`);
    expect(await config(`${registry.host}/target:v1`)).toBe(expected);
    await run('push', at(second), `${registry.host}/target:v2`);
    expect(await config(`${registry.host}/target:v2`)).toBe(expected);
  });

  it('keeps digests in every form that can keep them', async () => {
    const image = await imageFor('amd64');
    await crane.push(image, `${registry.host}/app:v1`);
    for (const place of [`oci:${temp.path('dir')}:v1`, `oci-archive:${temp.path('file.tar')}:v1`]) {
      await copy(`docker://${registry.host}/app:v1`, place);
      expect(await run('digest', place)).toBe(await image.digest());
      await run('copy', place, `${place}-again`.replace('.tar', '-2.tar'));
      const raw = await skopeo.run(['inspect', '--raw', `${place}-again`.replace('.tar', '-2.tar')]);
      expect(raw).toBe(Buffer.from(await image.rawManifest()).toString());
    }
  });

  it('copies all platforms of an index to the form and back', async () => {
    const index = mutate.appendManifests(empty.index, [
      { add: await imageFor('amd64'), descriptor: { platform: { os: 'linux', architecture: 'amd64' } } },
      { add: await imageFor('arm64'), descriptor: { platform: { os: 'linux', architecture: 'arm64' } } },
    ]);
    await crane.push(index, `${registry.host}/app:v1`);
    await run('pull', '--format', 'oci-archive', `${registry.host}/app:v1`, temp.path('ours.tar'));
    const all = ['--insecure-policy', 'copy', '--all', '--dest-tls-verify=false'];
    for (const target of [`docker://${registry.host}/theirs:v1`, `oci:${temp.path('dir')}:v1`]) {
      await skopeo.run([...all, `oci-archive:${temp.path('ours.tar')}`, target]);
      // skopeo writes a new index.
      const there = await crane.manifestsOf(crane.parseLocation(target));
      const { manifests } = await index.indexManifest();
      expect(there.map(({ digest }) => digest)).toEqual(manifests.map(({ digest }) => digest));
    }
  });

  it('finds one of several images of an archive', async () => {
    const [one, two] = [await imageFor('amd64'), await imageFor('arm64')];
    await crane.multiSave({ 'app:v1': one, 'other:v1': two }, temp.path('both.tar'));
    await copy(`docker-archive:${temp.path('both.tar')}:other:v1`, `docker://${registry.host}/app:theirs`);
    await run('copy', `docker-archive:${temp.path('both.tar')}:other:v1`, `${registry.host}/app:ours`);
    expect(await config(`${registry.host}/app:ours`)).toBe(await config(`${registry.host}/app:theirs`));
  });
});

describeWithPeers('archives for Docker', ['dockerd', 'docker', 'skopeo'], ({ dockerd, skopeo }) => {
  let root: string;
  let engine: Dockerd;
  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    await mkdir(path.join(root, 'docker'));
    engine = await startDockerd(dockerd, path.join(root, 'docker'));
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
    await rm(root, { recursive: true, force: true });
  }, 60_000);
  const idOf = async (reference: string): Promise<string> =>
    (await engine.docker('image', 'inspect', '--format', '{{.Id}}', reference)).trim();

  it('are OCI archives, too, from which an old Docker loads the first platform', async () => {
    const amd = await imageFor('amd64');
    const index = mutate.appendManifests(empty.index, [
      { add: amd, descriptor: { platform: { os: 'linux', architecture: 'amd64' } } },
      { add: await imageFor('arm64'), descriptor: { platform: { os: 'linux', architecture: 'arm64' } } },
    ]);
    await crane.push(index, `${registry.host}/app:v1`);
    await crane.push(amd, `${registry.host}/other:v1`);
    const images = [`${registry.host}/app:v1`, `${registry.host}/other:v1`];
    await run('pull', '--format', 'oci-archive', ...images, temp.path('both.tar'));
    await engine.docker('load', '--input', temp.path('both.tar'));
    for (const reference of images) expect(await idOf(reference)).toBe(await amd.configName());
  });

  it('hold several platforms under one tag', async () => {
    const [amd, arm] = [await imageFor('amd64'), await imageFor('arm64')];
    const index = mutate.appendManifests(empty.index, [
      { add: amd, descriptor: { platform: { os: 'linux', architecture: 'amd64' } } },
      { add: arm, descriptor: { platform: { os: 'linux', architecture: 'arm64' } } },
    ]);
    await crane.push(index, `${registry.host}/several:v1`);
    await run(
      'pull',
      '--platform',
      'linux/amd64,linux/arm64',
      `${registry.host}/several:v1`,
      temp.path('both.tar'),
    );
    await engine.docker('load', '--input', temp.path('both.tar'));
    expect(await idOf(`${registry.host}/several:v1`)).toBe(await amd.configName());
    expect(await engine.docker('image', 'ls', '--quiet', '--no-trunc', '--all')).toContain(
      await arm.configName(),
    );
  });

  it('are read as Docker reads them if they have the format from before 1.10', async () => {
    const image = await imageFor('amd64');
    await legacy.tarball.writeToFile(temp.path('both.tar'), newTag('old:v1'), image);
    await withoutManifest(temp.path('both.tar'), temp.path('old.tar'));
    await engine.docker('load', '--input', temp.path('old.tar'));
    const loaded = await crane.load(temp.path('old.tar'), { tag: 'old:v1' });
    expect(await loaded.configName()).toBe(await idOf('old:v1'));
    await run('push', temp.path('old.tar'), `${registry.host}/old:v1`);
    await crane.validateRemote(`${registry.host}/old:v1`);
  });

  it('are copied from and to docker-daemon: as skopeo does', async () => {
    const image = await imageFor('amd64');
    const env = {
      HOME: '/nonexistent',
      DOCKER_CONFIG: '/nonexistent',
      DOCKER_HOST: `unix://${engine.socket}`,
    };
    const inDaemon = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await gantry([...args, '--quiet'], { env });
      expect([code, stderr]).toEqual([0, '']);
      return stdout.trim();
    };
    await crane.writeTo(image, crane.parseLocation(`oci:${temp.path('dir')}:v1`));
    await inDaemon('copy', `oci:${temp.path('dir')}:v1`, 'docker-daemon:ours:v1');
    expect(await idOf('ours:v1')).toBe(await image.configName());
    const options = ['--insecure-policy', 'copy', '--src-daemon-host', `unix://${engine.socket}`];
    await skopeo.run([...options, 'docker-daemon:ours:v1', `oci:${temp.path('theirs')}:v1`]);
    await inDaemon('copy', 'docker-daemon:ours:v1', `oci-archive:${temp.path('ours.tar')}:v1`);
    const config = Buffer.from(await image.rawConfigFile())
      .toString()
      .trim();
    expect(await inDaemon('config', `oci-archive:${temp.path('ours.tar')}:v1`)).toBe(config);
    // skopeo writes a new config.
    const diffIds = (text: string): unknown => (JSON.parse(text) as ConfigFile).rootfs.diff_ids;
    expect(diffIds(await inDaemon('config', `oci:${temp.path('theirs')}:v1`))).toEqual(diffIds(config));
    expect(await inDaemon('config', 'docker-daemon:ours:v1')).toBe(config);
    await inDaemon('tag', 'docker-daemon:ours:v1', 'ours:v2');
    expect(await idOf('ours:v2')).toBe(await image.configName());
    await inDaemon('push', 'docker-daemon:ours:v1', `${registry.host}/daemon:v1`);
    expect(await inDaemon('config', `${registry.host}/daemon:v1`)).toBe(config);
    const { code } = await gantry(['digest', 'docker-daemon:nothing:v1'], { env });
    expect(code).toBe(3);
  });
});

/** Leaves out members that archives from before Docker 1.10 do not have. */
async function withoutManifest(from: string, to: string): Promise<void> {
  const dir = temp.path('unpacked');
  await mkdir(dir);
  execFileSync('tar', ['-xf', from, '-C', dir, '--exclude', 'manifest.json', '--exclude', '*.json']);
  execFileSync('tar', ['-cf', to, '-C', dir, '.']);
}
