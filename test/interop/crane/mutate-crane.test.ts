import { readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import * as mutate from '../../../src/mutate/index.js';
import type { ConfigFile } from '../../../src/v1/config-file.js';
import type { Image } from '../../../src/v1/image.js';
import { type LayerEntry, layerTar } from '../../support/archives/layer-tar.js';
import { file, directory, layeredImage, link, symlink } from '../../support/images/layered-image.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';
import { unpackInMemory } from '../../support/archives/unpack-in-memory.js';

const temp = useTempDir();

describeWithPeers('changes by crane and by mutate', ['crane'], ({ crane: peer }) => {
  let registry: StartedRegistry;
  const named = (reference: string): string => `${registry.host}/${reference}`;
  beforeEach(async () => {
    registry = await startRegistry();
  });
  afterEach(async () => {
    await registry.close();
  });

  /** Bases with OCI and Docker media types. They have no subject and no unknown fields, because crane drops both. */
  const bases: readonly (readonly [string, () => Promise<Image>])[] = [
    ['an OCI image', async () => base()],
    ['a Docker image', async () => mutate.toDocker(await base())],
    ['an image without history', async () => base({ history: undefined })],
  ];
  const base = async (more: Partial<ConfigFile> = {}): Promise<Image> =>
    layeredImage([[file('os', '1')], [file('lib', '2')]], {
      config: (config) => ({
        ...config,
        created: '2020-01-02T03:04:05.6Z',
        author: 'me <me@example>',
        variant: 'v8',
        'os.features': ['f'],
        config: {
          Env: ['PATH=/bin', 'A=0'],
          Labels: { old: '1' },
          Cmd: ['/bin/sh'],
          ExposedPorts: { '1/tcp': {} },
        },
        ...more,
      }),
      manifest: (manifest) => ({ ...manifest, annotations: { old: '<&>' } }),
    });

  // For an image without history, crane writes a history with fewer steps than layers.
  it.each(bases.slice(0, 2))('append the same layers to %s', async (_name, make) => {
    await crane.push(await make(), named('app:v1'));
    const packed = gzipSync(await layerTar([file('app', 'x'.repeat(1000))]));
    await writeFile(temp.path('layer.tgz'), packed);
    await peer.run(['append', '-b', named('app:v1'), '-f', temp.path('layer.tgz'), '-t', named('theirs:v1')]);
    const ours = await crane.append(await crane.pull(named('app:v1')), [temp.path('layer.tgz')]);
    expect(await ours.digest()).toBe(await crane.digest(named('theirs:v1')));
  });

  it.each(bases)('give %s the same annotations and labels', async (_name, make) => {
    await crane.push(await make(), named('app:v1'));
    const args = ['-a', 'b=2', '-a', 'a=<1>', '-l', 'z=3', '-l', 'old=2'];
    await peer.run(['mutate', named('app:v1'), ...args, '-t', named('theirs:v1')]);
    const image = await crane.pull(named('app:v1'));
    const { config } = await image.configFile();
    const labelled = mutate.config(image, { ...config, Labels: { ...config.Labels, z: '3', old: '2' } });
    const ours = mutate.annotations(labelled, { a: '<1>', b: '2' });
    expect(await ours.digest()).toBe(await crane.digest(named('theirs:v1')));
  });

  it.each(bases)('configure %s in the same way', async (_name, make) => {
    await crane.push(await make(), named('app:v1'));
    const args = ['--entrypoint=/app,--flag', '--cmd=run', '-u', '1:2', '-w', '/w', '-e', 'B=3'];
    await peer.run([
      'mutate',
      named('app:v1'),
      ...args,
      '--set-platform=linux/arm64/v8',
      '-t',
      named('theirs:v1'),
    ]);
    const image = await crane.pull(named('app:v1'));
    const old = await image.configFile();
    const ours = mutate.configFile(image, {
      ...old,
      architecture: 'arm64',
      config: {
        ...old.config,
        Entrypoint: ['/app', '--flag'],
        Cmd: ['run'],
        User: '1:2',
        WorkingDir: '/w',
        Env: [...(old.config.Env ?? []), 'B=3'],
      },
    });
    const theirs = await crane.pull(named('theirs:v1'));
    expect(await ours.configFile()).toEqual(await theirs.configFile());
    expect(await ours.digest()).toBe(await theirs.digest());
  });

  it('rebase a Docker image to the same digest', async () => {
    // These images have none of the data that crane drops.
    const plain = async (names: readonly string[]): Promise<Image> =>
      mutate.toDocker(
        await layeredImage(
          names.map((name) => [file(name, name)]),
          { config: (config) => ({ ...config, config: { Cmd: ['x'] } }) },
        ),
      );
    await crane.push(await plain(['old']), named('old:v1'));
    await crane.push(await plain(['new', 'er']), named('new:v1'));
    await crane.push(await plain(['old', 'app', 'two']), named('app:v1'));
    const bases = ['--old_base', named('old:v1'), '--new_base', named('new:v1')];
    await peer.run(['rebase', named('app:v1'), ...bases, '-t', named('theirs:v1')]);
    const ours = await crane.rebase(named('app:v1'), {
      oldBase: named('old:v1'),
      newBase: named('new:v1'),
      tag: named('ours:v1'),
    });
    expect(ours.digest).toBe(await crane.digest(named('theirs:v1')));
  });

  it('give a layer for Windows the same structure', async () => {
    await crane.push(await base({ os: 'windows' }), named('win:v1'));
    const tar = await layerTar([directory('d'), file('d/app.exe', 'MZ', { mtime: 5 }), file('./e', 'x')]);
    await writeFile(temp.path('layer.tar'), tar);
    await peer.run(['append', '-b', named('win:v1'), '-f', temp.path('layer.tar'), '-t', named('theirs:v1')]);
    const ours = await crane.append(await crane.pull(named('win:v1')), [temp.path('layer.tar')]);
    const theirs = await crane.pull(named('theirs:v1'));
    expect((await ours.configFile()).rootfs).toEqual((await theirs.configFile()).rootfs);
  });

  describe('export by crane and extract', () => {
    const listing = async (tar: Readable): Promise<readonly string[]> =>
      [...(await unpackInMemory(tar))]
        .map(([path, { header, content, inode }]) =>
          JSON.stringify([path, header.type, header.linkName, header.mode, header.mtime, content, inode]),
        )
        .sort();
    const stacks: readonly (readonly [string, readonly (readonly LayerEntry[])[]])[] = [
      [
        'whiteouts and replacements',
        [
          [
            directory('a', { mode: 0o700 }),
            file('a/x', '1'),
            file('a/y', '2'),
            directory('b'),
            file('b/z', '3'),
            file('f', '4'),
          ],
          [file('a/.wh.x', ''), file('.wh.b', ''), directory('f'), file('f/in', '5')],
          [symlink('l', '/a/y'), file('a/y', '6', { mtime: 77 }), directory('a', { mode: 0o711 })],
        ],
      ],
      [
        'links, devices and long names',
        [
          [
            file('t', 'same', { mode: 0o4755 }),
            link('u', 't'),
            { name: 'null', type: 'character-device', deviceMajor: 1, deviceMinor: 3 },
            file(`${'d/'.repeat(60)}${'n'.repeat(120)}`, 'long'),
            file('x', 'y', { pax: { 'SCHILY.xattr.user.k': 'v' }, uid: 2 ** 22 }),
          ],
        ],
      ],
    ];

    it.each(stacks)('give the same files for %s', async (_name, layers) => {
      const image = await layeredImage(layers);
      await crane.push(image, named('app:v1'));
      await peer.run(['export', named('app:v1'), temp.path('theirs.tar')]);
      const theirs = Readable.from([await readFile(temp.path('theirs.tar'))], { objectMode: false });
      expect(await listing(mutate.extract(image))).toEqual(await listing(theirs));
    });

    it('M4: handles hard links to a rewritten file correctly, unlike crane', async () => {
      const image = await layeredImage([
        [file('t1', '123'), link('t2', 't1'), link('t3', 't1')],
        [file('t1', '456')],
      ]);
      const found = await unpackInMemory(mutate.extract(image));
      expect([...found].map(([path, { content, inode }]) => [path, content, inode])).toEqual([
        ['t1', '456', 't1'],
        ['t2', '123', 't2'],
        ['t3', '123', 't2'],
      ]);
    });
  });
});
