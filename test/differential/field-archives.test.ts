import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { open } from '../../src/crane/locations/open.js';
import * as layout from '../../src/layout/index.js';
import * as legacy from '../../src/legacy/index.js';
import { newTag } from '../../src/name/tag.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import * as validate from '../../src/validate/index.js';
import { APP_OUTPUT, type AppFiles, appFiles } from '../support/programs/busybox-root.js';
import { type Dockerd, startDockerd } from '../support/programs/dockerd.js';
import {
  copiedBySkopeo,
  type FieldSource,
  madeByUmoci,
  pulledByCrane,
  pushedByBuildah,
  savedByDocker,
  savedByPodman,
} from './field-sources.js';
import { describeWithPeers } from '../support/programs/peers.js';
import { buildahIn, CONFINED, type Containers, podmanIn } from '../support/programs/podman.js';
import { sha256Of } from '../support/tools/read-all.js';
import { startRegistry } from '../support/servers/start-registry.js';

const tools = ['dockerd', 'docker', 'podman', 'buildah', 'umoci', 'skopeo', 'crane', 'busybox'] as const;

/** The forms in which each image is written, with their names in skopeo and podman. */
const forms = [
  { title: 'an archive', transport: 'docker-archive', manifest: false, write: tarball.writeToFile },
  {
    title: 'the first format',
    transport: 'docker-archive',
    manifest: false,
    write: legacy.tarball.writeToFile,
  },
  { title: 'an OCI archive', transport: 'oci-archive', manifest: true, write: tarball.writeOciToFile },
] as const;

describeWithPeers('images of other tools', tools, (peers) => {
  let directory: string;
  let files: AppFiles;
  let docker: Dockerd;
  let podman: Containers;
  const sources = new Map<string, FieldSource>();
  const keep = (found: readonly FieldSource[]): void => {
    for (const source of found) sources.set(source.title, source);
  };
  const inFolder = async (name: string): Promise<string> => {
    const place = path.join(directory, name);
    await mkdir(place);
    return place;
  };

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    files = await appFiles(peers.busybox, directory, 'localhost/base:1');
    docker = await startDockerd(peers.dockerd, path.join(directory, 'docker'));
    podman = podmanIn(peers.podman, await inFolder('podman'));
    const buildah = buildahIn(peers.buildah, await inFolder('buildah'));
    keep(await savedByDocker(docker, files, directory));
    keep(await savedByPodman(podman, files, directory));
    keep(await pushedByBuildah(buildah, files, directory));
    keep(await madeByUmoci(peers.umoci, files, directory));
    const saved = sources.get('docker save')!;
    keep(await copiedBySkopeo(peers.skopeo, saved.transport, directory));
    const registry = await startRegistry();
    await peers.crane.run(['push', saved.path, `${registry.host}/app:1`]);
    keep(await pulledByCrane(peers.crane, `${registry.host}/app:1`, directory));
    await registry.close();
  }, 240_000);
  afterAll(async () => {
    await docker.stop();
    await rm(directory, { recursive: true, force: true });
  }, 60_000);

  const opened = async ({ path: place, tag }: FieldSource): Promise<Image> =>
    (await open(place)).image({ tag });
  const raw = (transport: string, ...flags: readonly string[]): Buffer =>
    execFileSync(peers.skopeo.path, ['inspect', '--raw', ...flags, transport]);
  /** The name that podman gives to a loaded image. */
  const loaded = async (place: string): Promise<string> => {
    const output = await podman('load', '--quiet', '--input', place);
    return /^Loaded image: (.*)$/m.exec(output)?.[1] ?? output;
  };
  const diffIds = async (image: Image): Promise<readonly string[]> =>
    (await image.configFile()).rootfs.diff_ids;

  describe.each([
    'docker save',
    'docker save of two',
    'podman save',
    'podman save of two',
    'podman save oci archive',
    'podman save oci dir',
    'podman save docker dir',
    'buildah push to a docker archive',
    'buildah push to an OCI archive',
    'buildah push to a layout',
    'umoci repack',
    'skopeo copy to a docker archive',
    'skopeo copy to an OCI archive',
    'skopeo copy to a layout',
    'skopeo copy to a directory',
    'crane pull',
    'crane pull of the first format',
    'crane pull to a layout',
  ])('%s', (title) => {
    it('is read completely, with the config that skopeo finds, and with the manifest if the form has one', async () => {
      const source = sources.get(title)!;
      const image = await opened(source);
      await validate.image(image);
      if (source.passedOver === true) {
        expect(await image.configName()).toBe(await (await opened(sources.get('docker save')!)).configName());
        return;
      }
      expect(Buffer.from(await image.rawConfigFile())).toEqual(raw(source.transport, '--config'));
      if (source.transport.startsWith('docker')) return;
      expect(Buffer.from(await image.rawManifest())).toEqual(raw(source.transport));
      expect(await image.digest()).toBe(sha256Of(raw(source.transport)));
    });

    it('is the same after a copy to every form and back, by us and by skopeo', async () => {
      const source = sources.get(title)!;
      const image = await opened(source);
      for (const { title: form, transport, manifest, write } of forms) {
        const file = path.join(directory, 'ours.tar');
        await write(file, newTag('localhost/ours:1'), image);
        const back = await tarball.imageFromPath(file);
        expect([form, await back.configName(), await diffIds(back)]).toEqual([
          form,
          await image.configName(),
          await diffIds(image),
        ]);
        if (manifest) expect(await back.digest()).toBe(await image.digest());
        await validate.image(back);
        expect(sha256Of(raw(`${transport}:${file}`, '--config'))).toBe(await image.configName());
        if (manifest) expect(sha256Of(raw(`${transport}:${file}`))).toBe(await image.digest());
      }
    }, 60_000);

    it('is loaded and run by Docker and by podman from our archive', async () => {
      const image = await opened(sources.get(title)!);
      const file = path.join(directory, 'loaded.tar');
      await tarball.writeToFile(file, newTag('localhost/loaded:1'), image);
      await docker.docker('load', '--input', file);
      const id = await docker.docker('image', 'inspect', '--format', '{{.Id}}', 'localhost/loaded:1');
      expect(id.trim()).toBe(await image.configName());
      expect(await docker.docker('run', '--rm', '--network', 'none', 'localhost/loaded:1')).toBe(APP_OUTPUT);
      await podman('load', '--quiet', '--input', file);
      expect(
        `sha256:${(await podman('image', 'inspect', '--format', '{{.Id}}', 'localhost/loaded:1')).trim()}`,
      ).toBe(await image.configName());
      expect(await podman('run', ...CONFINED, 'localhost/loaded:1')).toBe(APP_OUTPUT);
    }, 60_000);
  });

  it.each(forms)(
    'podman loads and runs $title',
    async ({ transport, write }) => {
      const image = await opened(sources.get('buildah push to an OCI archive')!);
      const file = path.join(directory, 'form.tar');
      await write(file, newTag('localhost/form:1'), image);
      expect((await stat(file)).size).toBeGreaterThan(0);
      const loaded = await podman('load', '--quiet', '--input', file);
      const [, name = ''] = /^Loaded image: (.*)$/m.exec(loaded) ?? [];
      expect([transport, await podman('run', ...CONFINED, name)]).toEqual([transport, APP_OUTPUT]);
    },
    60_000,
  );

  it('podman loads and runs a layout that we write', async () => {
    const image = await opened(sources.get('buildah push to a layout')!);
    // Podman derives a name from the path, which must not have capital letters.
    const place = path.join(tmpdir(), `layout-${randomUUID()}`);
    const ours = await layout.fromPath(place, { create: true });
    await ours.appendImage(image, {
      annotations: { 'org.opencontainers.image.ref.name': 'localhost/dir:1' },
    });
    try {
      expect(await podman('run', ...CONFINED, await loaded(place))).toBe(APP_OUTPUT);
    } finally {
      await rm(place, { recursive: true });
    }
  }, 60_000);
});
