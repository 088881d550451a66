import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { image, mutate, validate } from '../../../src/index.js';
import { localPlatform } from '../../../src/image/platforms.js';
import { platformToString } from '../../../src/v1/platform.js';
import { type DockerRegistry, startDockerRegistry } from '../../support/programs/docker-registry.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

describeWithPeers('image.build and skopeo', ['skopeo', 'docker-registry'], ({ skopeo, ...peers }) => {
  let registry: DockerRegistry;
  beforeAll(async () => {
    registry = await startDockerRegistry(peers['docker-registry']);
  }, 60_000);
  afterAll(async () => {
    await registry.close();
  });

  it('see the same config, and the same index, in a registry and in a layout', async () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    const made = await image.build({
      ...{ platforms, copy: [{ '/app/a': 'a' }], env: { A: '1' }, labels: { team: 'red' }, ports: [80] },
      ...{
        entrypoint: ['/app/a'],
        user: '1000',
        workdir: '/app',
        healthcheck: { cmd: ['x'], intervalMs: 1000 },
      },
    });
    const { digest } = await made.push(`${registry.host}/app:1`);
    await made.save(`oci:${temp.path('layout')}:v1`);
    const inspect = async (...args: readonly string[]): Promise<unknown> =>
      JSON.parse(await skopeo.run(['inspect', '--tls-verify=false', ...args]));
    for (const location of [`docker://${registry.host}/app@${digest}`, `oci:${temp.path('layout')}:v1`]) {
      expect(await inspect('--raw', location)).toEqual(
        JSON.parse(Buffer.from(await made.rawManifest()).toString()),
      );
      const config = await inspect('--config', '--override-arch', 'arm64', location).catch(async () =>
        inspect('--config', location),
      );
      expect(config).toMatchObject({
        os: 'linux',
        config: {
          Env: ['A=1'],
          Labels: { team: 'red' },
          Entrypoint: ['/app/a'],
          User: '1000',
          WorkingDir: '/app',
        },
      });
    }
  }, 60_000);
});

describeWithPeers('image.build and Docker', ['dockerd', 'docker', 'busybox'], ({ dockerd, busybox }) => {
  let engine: Dockerd;
  let scratch: string;
  const daemon = (): { readonly env: Record<string, string>; readonly host: string } => ({
    env: {},
    host: `unix://${engine.socket}`,
  });
  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    engine = await startDockerd(dockerd, scratch);
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
    await rm(scratch, { recursive: true, force: true });
  }, 60_000);

  it('load what a container then runs with, also after edits', async () => {
    const made = await image.build({
      platforms: [platformToString(localPlatform())],
      copy: [
        { from: { 'bin/busybox': await readFile(busybox.path) }, to: '/', mode: 0o755 },
        { 'etc/motd': 'hello' },
        { from: { data: 'data' }, to: 'own', owner: 1234, mode: 0o600 },
      ],
      ...{ entrypoint: ['/bin/busybox', 'sh', '-c'], workdir: '/app', user: 1234, env: { NAME: 'x' } },
      cmd: ['/bin/busybox cat /etc/motd own/data; /bin/busybox pwd; /bin/busybox id -u; echo $NAME'],
    });
    const pushed = await made.load('app:built', { daemon: daemon() });
    expect(pushed.reference).toBe('docker-daemon:app:built');
    const output = await engine.docker('run', '--rm', '--network', 'none', 'app:built');
    expect(output).toBe('hellodata/app\n1234\nx\n');

    const [child] = (await made.indexManifest()).manifests;
    const edited = mutate.editFiles(await made.image(child!.digest), {
      '/etc/motd': (file) => `${file!.text} again`,
      '/app/own/data': { content: 'new' },
      '/bin/sh': { linkTo: 'busybox' },
    });
    await validate.image(edited);
    const again = await image.build({
      from: edited,
      entrypoint: ['/bin/sh', '-c'],
      cmd: ['/bin/busybox cat /etc/motd own/data'],
    });
    await again.load('app:edited', { daemon: daemon() });
    expect(await engine.docker('run', '--rm', '--network', 'none', 'app:edited')).toBe('hello againnew');
  }, 120_000);
});
