import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as daemon from '../../../src/daemon/index.js';
import * as mutate from '../../../src/mutate/index.js';
import { newTag } from '../../../src/name/tag.js';
import { compressedToImage } from '../../../src/partial/compressed-image.js';
import type { Image } from '../../../src/v1/image.js';
import * as tarball from '../../../src/tarball/index.js';
import * as validate from '../../../src/validate/index.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { layerTar } from '../../support/archives/layer-tar.js';
import { file, directory, layeredImage } from '../../support/images/layered-image.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type PodmanService, startPodmanService } from './podman-service.js';
import { readAll, sha256Of } from '../../support/tools/read-all.js';
import { reply, useScriptedDaemons } from '../../support/servers/scripted-daemon.js';
import { someHash, storedImage } from '../../support/images/stored-image.js';
import { tarOf } from '../../support/archives/tar-of.js';

/** A daemon and its own client. */
interface Engine {
  readonly socket: string;
  readonly client: (...args: readonly string[]) => Promise<string>;
  readonly run: (tag: string) => Promise<string>;
}

const start = useScriptedDaemons();

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** An image that prints a text when it is run. */
async function speaking(busybox: string, words: string): Promise<Image> {
  const binary = { name: 'bin/busybox', mode: 0o755, body: await readFile(busybox) };
  return layeredImage([[directory('bin'), binary], [file('words', words)]], {
    config: (config) => ({ ...config, config: { Cmd: ['/bin/busybox', 'cat', '/words'] } }),
  });
}

const tarsOf = async (image: Image): Promise<readonly string[]> =>
  Promise.all(
    (await image.layers()).map(async (layer) => sha256Of(await readAll(await layer.uncompressed()))),
  );

/** Tests that every daemon must pass. */
function behavesAsDaemon(busybox: string, engine: () => Engine): void {
  const at = (): daemon.DaemonOptions => ({ env: {}, host: `unix://${engine().socket}` });

  it('runs an image that was written to it', async () => {
    const image = await speaking(busybox, 'hello');
    const { id, existing } = await daemon.write(newTag('speaking:v1'), image, at());
    expect({ id, existing }).toEqual({ id: await image.configName(), existing: false });
    expect(await engine().run('speaking:v1')).toBe('hello');
  }, 120_000);

  it('returns the image that was written to it', async () => {
    const image = await speaking(busybox, 'twice');
    await daemon.write(newTag('reg.example:5000/team/twice:v1'), image, at());
    const read = await daemon.image(newTag('reg.example:5000/team/twice:v1'), at());
    expect(read.tags).toEqual(['reg.example:5000/team/twice:v1']);
    expect(await read.configName()).toBe(await image.configName());
    expect(await read.rawConfigFile()).toEqual(await image.rawConfigFile());
    expect(await tarsOf(read)).toEqual(await tarsOf(image));
    await validate.image(read);
    await read.close();
  }, 120_000);

  it('is written to and read with a changed image', async () => {
    await daemon.write(newTag('first:v1'), await speaking(busybox, 'first'), at());
    const base = await daemon.image(newTag('first:v1'), at());
    const layer = await layeredImage([[file('words', 'second')]]);
    const changed = mutate.appendLayers(base, await layer.layers());
    await daemon.write(newTag('second:v1'), changed, at());
    expect(await engine().run('second:v1')).toBe('second');
    const found = await daemon.image(await changed.configName(), at());
    expect(await tarsOf(found)).toEqual(await tarsOf(changed));
  }, 120_000);

  it('receives a layer only once, and tags images that it has', async () => {
    const image = await speaking(busybox, 'known');
    await daemon.write(newTag('known:v1'), image, at());
    const sent: string[] = [];
    const again = await daemon.write(newTag('known:v2'), image, {
      ...at(),
      onProgress: ({ state }) => sent.push(state),
    });
    expect({ again, sent }).toEqual({
      again: { id: await image.configName(), existing: true, output: '' },
      sent: [],
    });
    expect(await engine().run('known:v2')).toBe('known');
    await daemon.tag(newTag('known:v1'), newTag('reg.example/known:v3'), at());
    expect(await engine().run('reg.example/known:v3')).toBe('known');
    const listed = (await daemon.images(at())).find(({ id }) => id === again.id);
    expect(listed).toMatchObject({ tags: expect.arrayContaining(['reg.example/known:v3']) as unknown });
    expect(listed!.size).toBeGreaterThan(1_000_000);
  }, 120_000);

  it('reports an image that it does not have', async () => {
    await expect(daemon.image(newTag('lacking:v1'), at())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(daemon.image(someHash('c'), at())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const tagging = daemon.tag(newTag('lacking:v1'), newTag('b:v1'), at());
    await expect(tagging).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('D6: has images that were built in it', async () => {
    const tar = await layerTar([directory('etc'), file('etc/made', 'here')]);
    await writeFile(path.join(scratch, 'made.tar'), tar);
    await engine().client('import', path.join(scratch, 'made.tar'), 'made:v1');
    const image = await daemon.image(newTag('made:v1'), at());
    await validate.image(image);
    const [layer] = await image.layers();
    expect((await readAll(await layer!.uncompressed())).includes('here')).toBe(true);
    expect(await image.configName()).toBe(image.id);
  }, 60_000);
}

describeWithPeers('Docker', ['dockerd', 'docker', 'ctr', 'busybox'], ({ dockerd, docker, ctr, busybox }) => {
  let engine: Dockerd;
  beforeAll(async () => {
    engine = await startDockerd(dockerd, path.join(scratch, 'docker'));
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
  }, 60_000);

  behavesAsDaemon(busybox.path, () => ({
    socket: engine.socket,
    client: async (...args) => engine.docker(...args),
    run: async (tag) => engine.docker('run', '--rm', '--network', 'none', tag),
  }));

  it('D3: reports what it does not accept', async () => {
    const wrong = compressedToImage(
      storedImage({
        config: (config) => ({
          ...config,
          rootfs: { type: 'layers', diff_ids: [someHash('a'), someHash('b')] },
        }),
      }),
    );
    await expect(
      daemon.write(newTag('wrong:v1'), wrong, { env: {}, host: `unix://${engine.socket}` }),
    ).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringMatching(/^load image wrong:v1: .*(match|digest|diff)/i) as unknown,
    });
  }, 60_000);

  it('D6: returns what containerd exports', async () => {
    // The containerd that Docker started. Docker's own store does not list its images.
    const containerd = path.join(scratch, 'docker/exec/containerd/containerd.sock');
    const containers = async (...args: readonly string[]) =>
      ctr.run(['--address', containerd, '--namespace', 'test', 'images', ...args]);
    const image = await speaking(busybox.path, 'contained');
    const imported = path.join(scratch, 'imported.tar');
    const exported = path.join(scratch, 'exported.tar');
    await tarball.writeOciToFile(imported, newTag('contained:v1'), image);
    await containers('import', '--no-unpack', imported);
    await containers('export', exported, 'docker.io/library/contained:v1');
    const digest = await image.digest();
    const { host } = await start(
      {
        'GET /images/contained:v1/json': reply({
          Id: digest,
          RepoTags: ['contained:v1'],
          Descriptor: { digest },
        }),
        [`GET /images/${digest}/get`]: (_request, response) => {
          pipeline(createReadStream(exported), response, () => undefined);
        },
      },
      { apiVersion: '1.48' },
    );
    const read = await daemon.image(newTag('contained:v1'), { env: {}, host });
    expect([await read.digest(), await read.configName()]).toEqual([digest, await image.configName()]);
    expect(await tarsOf(read)).toEqual(await tarsOf(image));
    await validate.image(read);
  }, 60_000);

  it('is reached through ssh as the docker client reaches it', async () => {
    // The command that ssh would run on the other machine; only the connection is missing.
    const script = `#!/bin/sh\nexec '${docker.path}' --host 'unix://${engine.socket}' system dial-stdio\n`;
    await writeFile(path.join(scratch, 'ssh'), script, { mode: 0o755 });
    const env = { PATH: `${scratch}${path.delimiter}${process.env.PATH ?? ''}` };
    const image = await speaking(busybox.path, 'from afar');
    await daemon.write(newTag('afar:v1'), image, { env, host: 'ssh://there' });
    const read = await daemon.image(newTag('afar:v1'), { env, host: 'ssh://there' });
    expect(await tarsOf(read)).toEqual(await tarsOf(image));
  }, 60_000);

  it('is found as the docker client finds it', async () => {
    const config = path.join(scratch, 'config');
    const env = { PATH: process.env.PATH, DOCKER_CONFIG: config };
    const client = async (...args: readonly string[]) => docker.run(args, { env });
    await client('context', 'create', 'mine', '--docker', `host=unix://${engine.socket}`);
    const listed = await daemon.images({ env: { DOCKER_CONFIG: config, DOCKER_CONTEXT: 'mine' } });
    expect(listed).toEqual(await daemon.images({ env: { DOCKER_HOST: `unix://${engine.socket}` } }));
    await client('context', 'use', 'mine');
    expect(await daemon.images({ env: { DOCKER_CONFIG: config } })).toEqual(listed);
    expect(listed.length).toBeGreaterThan(0);
  }, 60_000);
});

/** Needed if podman may not raise the limits of its parent. */
const LIMITS = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024'];

describeWithPeers('the service of podman', ['podman', 'busybox'], ({ podman, busybox }) => {
  let engine: PodmanService;
  beforeAll(async () => {
    engine = await startPodmanService(podman, path.join(scratch, 'podman'));
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
  }, 60_000);

  behavesAsDaemon(busybox.path, () => ({
    socket: engine.socket,
    client: async (...args) => engine.podman(...args),
    run: async (tag) => engine.podman('run', '--rm', '--network=none', ...LIMITS, tag),
  }));

  it('D6: has images with the registry localhost in their names, and keeps manifests', async () => {
    const host = `unix://${engine.socket}`;
    const image = compressedToImage(storedImage({ tars: [tarOf(['local', '1'])] }));
    await daemon.write(newTag('local:v1'), image, { env: { CONTAINER_HOST: host } });
    const digest = (await engine.podman('inspect', '--format', '{{.Digest}}', 'local:v1')).trim();
    expect(digest).toBe(await image.digest());
    await engine.podman('tag', 'local:v1', 'localhost/mine:v1');
    const read = await daemon.image(newTag('mine:v1'), { env: {}, host });
    expect(read.tags).toContain('localhost/mine:v1');
    expect(await tarsOf(read)).toEqual(await tarsOf(image));
  }, 60_000);
});
