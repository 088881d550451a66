import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import * as empty from '../../../src/empty/index.js';
import * as mutate from '../../../src/mutate/index.js';
import type { ConfigFile } from '../../../src/v1/config-file.js';
import type { Image } from '../../../src/v1/image.js';
import { gantry } from '../../support/programs/gantry.js';
import { file, layeredImage } from '../../support/images/layered-image.js';
import { layerTar } from '../../support/archives/layer-tar.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

describeWithPeers('gantry and crane, with the same arguments', ['crane'], ({ crane: peer }) => {
  let registry: StartedRegistry;
  const named = (reference: string): string => `${registry.host}/${reference}`;
  beforeEach(async () => {
    registry = await startRegistry();
    await writeFile(temp.path('one.tgz'), gzipSync(await layerTar([file('one', '1'.repeat(99))])));
    await writeFile(temp.path('two.tgz'), gzipSync(await layerTar([file('two', '2')])));
  });
  afterEach(async () => {
    await registry.close();
  });

  /** Runs both tools; `OUT` stands for the target of each, `DIR` and `REG` for directory and registry. */
  const same = async (...args: readonly string[]): Promise<void> => {
    const filled = (out: string): readonly string[] =>
      args.map((arg) =>
        arg.replaceAll('OUT', named(out)).replaceAll('REG', registry.host).replaceAll('DIR', temp.path()),
      );
    const theirs = await peer.run(filled('out:theirs'));
    const ours = await gantry([...filled('out:ours'), '-q']);
    expect(ours).toMatchObject({ code: 0, stderr: '' });
    const digest = await crane.digest(named('out:theirs'));
    const manifests = await Promise.all(
      ['theirs', 'ours'].map(async (tag) =>
        Buffer.from(await crane.manifest(named(`out:${tag}`))).toString(),
      ),
    );
    expect(manifests[1]).toBe(manifests[0]);
    expect(await crane.digest(named('out:ours'))).toBe(digest);
    expect(ours.stdout).toBe(theirs);
  };

  const configured = (config: ConfigFile): ConfigFile => ({
    ...config,
    created: '2020-01-02T03:04:05.6Z',
    author: 'me <me@example>',
    variant: 'v8',
    'os.features': ['f'],
    config: {
      Env: ['PATH=/bin', 'A=0', 'EMPTY='],
      Labels: { old: '1', 'k.<&>': 'é' },
      Entrypoint: ['/e'],
      Cmd: ['/bin/sh', '-c', 'x && y'],
      ExposedPorts: { '1/tcp': {} },
      Volumes: { '/v': {} },
      WorkingDir: '/before',
    },
  });
  const bases: readonly (readonly [string, () => Promise<Image>])[] = [
    ['an OCI image', async () => ociImage()],
    ['a Docker image', async () => mutate.toDocker(await ociImage())],
    ['an image without history', async () => ociImage({ history: undefined })],
    ['an image without layers', async () => Promise.resolve(empty.image)],
  ];
  const ociImage = async (more: Partial<ConfigFile> = {}): Promise<Image> =>
    layeredImage([[file('os', '1')], [file('lib', '2')]], {
      config: (config) => ({ ...configured(config), ...more }),
      manifest: (manifest) => ({ ...manifest, annotations: { old: '<&>' } }),
    });

  const changes: readonly (readonly string[])[] = [
    ['-a', 'b=2', '-a', 'a=<1>', '--annotation', 'old=new'],
    ['-a', 'a=1,b=2', '-l', 'c=3,d=4'],
    ['-l', 'z=3', '-l', 'old=2', '--label', 'é=<x>'],
    ['-e', 'B=3', '-e', 'A=1', '--env', 'C=a=b,c'],
    ['--entrypoint', '/app,--flag'],
    ['--entrypoint', '/a', '--entrypoint', '/b', '--cmd', 'x'],
    ['--cmd', '"a,b",c'],
    ['-u', '1:2', '-w', '/w'],
    ['--exposed-ports', '80,443/tcp', '--exposed-ports', '53/udp'],
    ['--set-platform', 'linux/arm64'],
    ['--set-platform', 'linux/arm/v7'],
    ['--set-platform', 'windows/amd64:10.0.17763.1'],
    ['--append', 'DIR/one.tgz', '--append', 'DIR/two.tgz'],
    ['--append', 'DIR/one.tgz,DIR/two.tgz', '-l', 'a=1', '-u', 'me', '-a', 'b=2', '-e', 'X=1'],
  ];

  describe.each(bases)('of %s', (name, make) => {
    beforeEach(async () => {
      await crane.push(await make(), named('app:v1'));
    });

    // Most flags do not depend on what distinguishes the last two bases.
    const chosen = name.includes('without') ? changes.filter((_, at) => at % 4 === 1) : changes;
    // If the base has layers without history, crane adds only one step, so there are fewer steps than layers; gantry adds the missing steps.
    const appendsAlike = !name.includes('without history');
    const some = chosen.filter((flags) => appendsAlike || !flags.includes('--append'));
    it.each(some.map((flags) => [flags.join(' '), flags] as const))('mutate %s', async (_title, flags) => {
      await same('mutate', 'REG/app:v1', ...flags, '-t', 'OUT');
    });

    if (!appendsAlike) return;
    it('append one and several layers, with and without annotations of the base', async () => {
      await same('append', '-b', 'REG/app:v1', '-f', 'DIR/one.tgz', '-t', 'OUT');
      await same('append', '-b', 'REG/app:v1', '-f', 'DIR/one.tgz,DIR/two.tgz', '-t', 'OUT');
      const note = '--set-base-image-annotations';
      await same('append', '-b', 'REG/app:v1', '-f', 'DIR/one.tgz', note, '-t', 'OUT');
    });
  });

  it('I1: append to an image without history differs from crane only in the history that it adds', async () => {
    await crane.push(await ociImage({ history: undefined }), named('app:v1'));
    const args = ['append', '-b', named('app:v1'), '-f', temp.path('one.tgz')];
    await peer.run([...args, '-t', named('out:theirs')]);
    expect(await gantry([...args, '-q', '-t', named('out:ours')])).toMatchObject({ code: 0 });
    const theirs = await crane.config(named('out:theirs'));
    const ours = await crane.config(named('out:ours'));
    const document = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as ConfigFile;
    const [step] = document(theirs).history!;
    expect(document(ours)).toEqual({ ...document(theirs), history: [{}, {}, step] });
    await crane.validateRemote(named('out:ours'));
    await expect(crane.validateRemote(named('out:theirs'))).rejects.toThrow(/history/);
  });

  it('append to an empty image, with OCI and Docker media types', async () => {
    await same('append', '-f', 'DIR/one.tgz', '-t', 'OUT');
    await same('append', '-f', 'DIR/two.tgz', '-f', 'DIR/one.tgz', '--oci-empty-base', '-t', 'OUT');
  });

  it('mutate --repo pushes the same digest to the same repository', async () => {
    await crane.push(await ociImage(), named('app:v1'));
    const args = ['mutate', named('app:v1'), '-l', 'a=b', '--repo', named('other')];
    const theirs = await peer.run(args);
    expect(await gantry([...args, '-q'])).toMatchObject({ code: 0, stdout: theirs });
  });

  describe('rebase', () => {
    const plain = async (
      names: readonly string[],
      more: (config: ConfigFile) => ConfigFile,
    ): Promise<Image> =>
      mutate.toDocker(
        await layeredImage(
          names.map((name) => [file(name, name)]),
          { config: more },
        ),
      );

    it('with empty layers in the histories of all three images', async () => {
      const history = (layers: readonly string[], from: string) => (config: ConfigFile) => ({
        ...config,
        config: { Cmd: [from] },
        history: [
          { created_by: `${from} before`, empty_layer: true },
          ...layers.flatMap((layer) => [
            { created_by: `${from} ${layer}`, created: '2020-01-01T00:00:00Z' },
            { created_by: `${from} after ${layer}`, empty_layer: true, comment: '<&>' },
          ]),
        ],
      });
      await crane.push(await plain(['old'], history(['old'], 'base')), named('old:v1'));
      await crane.push(await plain(['new', 'er'], history(['new', 'er'], 'next')), named('new:v1'));
      const own = (config: ConfigFile): ConfigFile => {
        const base = history(['old'], 'base')(config);
        const added = history(['app', 'two'], 'app')(config);
        return { ...added, history: [...base.history, ...added.history] };
      };
      await crane.push(await plain(['old', 'app', 'two'], own), named('app:v1'));
      await same('rebase', 'REG/app:v1', '--old_base', 'REG/old:v1', '--new_base', 'REG/new:v1', '-t', 'OUT');
    });

    it('with the bases that annotations name', async () => {
      const none = (config: ConfigFile): ConfigFile => ({ ...config, config: {} });
      const old = await plain(['old'], none);
      await crane.push(old, named('base:v1'));
      const annotated = mutate.annotations(await plain(['old', 'app'], none), {
        'org.opencontainers.image.base.digest': await old.digest(),
        'org.opencontainers.image.base.name': named('base:v1'),
      });
      await crane.push(annotated, named('app:v1'));
      await crane.push(await plain(['new'], none), named('base:v1'));
      await same('rebase', 'REG/app:v1', '-t', 'OUT');
    });
  });

  describe('index', () => {
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'windows/amd64:10.0.17763.1'];
    beforeEach(async () => {
      for (const platform of platforms) {
        const tag = platform.replaceAll(/[/:]/g, '-');
        const image = await ociImage({ variant: undefined, 'os.features': undefined });
        await crane.push(image, named('app:base'));
        await gantry(['mutate', named('app:base'), '--set-platform', platform, '-t', named(`app:${tag}`)]);
      }
    });
    const all = platforms.map((platform) => `REG/app:${platform.replaceAll(/[/:]/g, '-')}`);

    it('append images, and whole indexes', async () => {
      await same('index', 'append', '-m', all.slice(0, 2).join(','), '-m', all[2]!, '-t', 'OUT');
      await same('index', 'append', ...all.flatMap((one) => ['-m', one]), '--docker-empty-base', '-t', 'OUT');
      await crane.copy(named('out:ours'), named('app:multi'));
      await same('index', 'append', 'REG/app:multi', '-m', all[0]!, '-t', 'OUT');
      await same('index', 'append', '-m', 'REG/app:multi', '-m', all[0]!, '-t', 'OUT');
      await same('index', 'append', '-m', 'REG/app:multi', '--flatten=false', '-t', 'OUT');
    });

    it('filter by one and several platforms', async () => {
      await same('index', 'append', ...all.flatMap((one) => ['-m', one]), '-t', 'OUT');
      await crane.copy(named('out:ours'), named('app:multi'));
      const filter = ['index', 'filter', 'REG/app:multi', '-t', 'OUT', '--platform'];
      await same(...filter, 'linux/amd64');
      await same(...filter, 'linux/arm');
      await same(...filter, 'linux/arm/v7', '--platform', 'windows/amd64:10.0.17763.1');
    });
  });
});
