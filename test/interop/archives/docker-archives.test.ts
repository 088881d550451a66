import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AmbiguousError } from '../../../src/errors/ambiguous.js';
import { newTag } from '../../../src/name/tag.js';
import * as tarball from '../../../src/tarball/index.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { readAll } from '../../support/tools/read-all.js';

describeWithPeers('Docker', ['dockerd', 'docker', 'busybox'], ({ dockerd, busybox }) => {
  let directory: string;
  let engine: Dockerd;
  const id = async (reference: string): Promise<string> =>
    (await engine.docker('image', 'inspect', '--format', '{{.Id}}', reference)).trim();

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    engine = await startDockerd(dockerd, path.join(directory, 'docker'));
    const root = path.join(directory, 'root/bin');
    await mkdir(root, { recursive: true });
    await copyFile(busybox.path, path.join(root, 'busybox'));
    await symlink('busybox', path.join(root, 'sh'));
    execFileSync('tar', ['-C', path.join(directory, 'root'), '-cf', path.join(directory, 'root.tar'), '.']);
    await engine.docker('import', path.join(directory, 'root.tar'), 'base:1');
    const context = path.join(directory, 'context');
    await mkdir(context);
    await writeFile(
      path.join(context, 'Dockerfile'),
      'FROM base:1\nRUN echo one > /one\nENV TWO=2\nRUN echo two > /two\nCMD ["busybox", "cat", "/one", "/two"]\n',
    );
    await engine.docker('build', '--network', 'none', '--tag', 'app:1', context);
    await engine.docker('tag', 'app:1', 'localhost/app:latest');
    await engine.docker(
      'save',
      '--output',
      path.join(directory, 'saved.tar'),
      'app:1',
      'localhost/app',
      'base:1',
    );
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  it('saves archives of several images, with links between layers, that we read', async () => {
    const saved = await tarball.open(path.join(directory, 'saved.tar'));
    // Docker writes the images in the order of a Go map, which is random.
    const tags = saved.images.map((image) => [...image.tags].sort());
    expect(tags.sort()).toEqual([['app:1', 'localhost/app:latest'], ['base:1']]);
    await expect(saved.image()).rejects.toThrow(AmbiguousError);
    for (const reference of ['app:1', 'localhost/app', 'base:1']) {
      const image = await saved.image({ tag: reference });
      expect(await image.configName()).toBe(await id(reference));
      for (const layer of await image.layers()) await readAll(await layer.uncompressed());
    }
  });

  it('loads and runs what we write', async () => {
    const image = await tarball.imageFromPath(path.join(directory, 'saved.tar'), { tag: 'app:1' });
    const file = path.join(directory, 'ours.tar');
    await tarball.writeToFile(file, newTag('ours'), image);
    expect(await engine.docker('load', '--input', file)).toContain('Loaded image: ours:latest');
    expect(await id('ours')).toBe(await image.configName());
    expect(await engine.docker('run', '--rm', '--network', 'none', 'ours')).toBe('one\ntwo\n');
  });

  it('saves to a pipe that we read only once', async () => {
    const image = await tarball.image(() => createReadStream(path.join(directory, 'saved.tar')), {
      tag: 'base:1',
    });
    const [layer] = await image.layers();
    expect(await readAll(await layer!.uncompressed()).then((tar) => tar.byteLength)).toBeGreaterThan(0);
  });
});
