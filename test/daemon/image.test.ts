import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import type { RequestListener, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import * as daemon from '../../src/daemon/index.js';
import { newTag } from '../../src/name/tag.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { multiWriteOci } from '../../src/tarball/write-oci.js';
import { newHash } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { layeredImage, file } from '../support/images/layered-image.js';
import { eventually } from '../support/tools/open-handles.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { reply, useScriptedDaemons } from '../support/servers/scripted-daemon.js';
import { tarOf } from '../support/archives/tar-of.js';
import { someHash } from '../support/images/stored-image.js';

const start = useScriptedDaemons();

const tars = [tarOf(['etc/os', 'one']), tarOf(['app', 'two'])];
const classic = dockerArchive({ layers: tars });
const id = newHash(sha256Of(classic.config));
const saved = dockerTar(classic);

const inspected = (more: Readonly<Record<string, unknown>> = {}) =>
  reply({
    Id: id,
    RepoTags: ['app:v1', '<none>:<none>'],
    Os: 'linux',
    Architecture: 'amd64',
    ...more,
  });
const sends =
  (...parts: readonly Uint8Array[]): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-tar' });
    for (const part of parts) response.write(part);
    response.end();
  };
const INSPECT = 'GET /images/app:v1/json';
const EXPORT = `GET /images/${id}/get`;

const app = newTag('app:v1');
const imageAt = async (host: string, options: daemon.ImageOptions = {}) =>
  daemon.image(app, { env: {}, host, ...options });

/** An OCI archive of images, as containerd exports them. */
async function ociTar(...images: readonly Image[]): Promise<Buffer> {
  const target = new PassThrough();
  const all = readAll(target);
  await multiWriteOci(
    images.map((each, at) => [`image-${at}`, each] as const),
    target,
  );
  target.end();
  return all;
}

describe('daemon.image', () => {
  it('exports the image once, when a method needs more than its ID', async () => {
    const { host, requests } = await start({ [INSPECT]: inspected(), [EXPORT]: sends(saved) });
    const image = await imageAt(host);
    expect([image.id, image.tags, await image.configName()]).toEqual([id, ['app:v1'], id]);
    expect(requests).toEqual(['GET /v1.41/images/app:v1/json']);
    const [layers, config] = await Promise.all([image.layers(), image.configFile(), image.digest()]);
    expect(await Promise.all(layers.map(async (layer) => readAll(await layer.uncompressed())))).toEqual(tars);
    expect(config.rootfs.diff_ids).toEqual(tars.map(sha256Of));
    expect(requests.slice(1)).toEqual([`GET /v1.41/images/${id}/get`]);
  });

  it('exports the image by its ID, so that a tag that moves does not change it', async () => {
    const { host, requests } = await start({ [INSPECT]: inspected(), [EXPORT]: sends(saved) });
    await (await imageAt(host)).layers();
    expect(requests.at(-1)).toContain(id);
  });

  it('fails if the daemon does not have the image', async () => {
    const { host } = await start({ [INSPECT]: reply({ message: 'No such image: app:v1' }, 404) });
    await expect(imageAt(host)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `inspect image app:v1: No such image: app:v1 (${host})`,
    });
  });

  it('fails to read an image that was deleted after the lookup, and requests it again at the next call', async () => {
    let exists = false;
    const { host } = await start({
      [INSPECT]: inspected(),
      [EXPORT]: (request, response) => {
        (exists ? sends(saved) : reply({ message: 'reference does not exist' }, 404))(request, response);
      },
    });
    const image = await imageAt(host);
    await expect(image.layers()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    exists = true;
    expect(await image.layers()).toHaveLength(2);
  });

  it('finds an image by its ID and by a reference with a digest', async () => {
    const digest = someHash('b');
    const { host, requests } = await start({
      [`GET /images/${id}/json`]: inspected(),
      [`GET /images/docker.io/library/app@${digest}/json`]: inspected(),
    });
    await daemon.image(id, { env: {}, host });
    await daemon.image(parseReference(`docker.io/library/app@${digest}`), { env: {}, host });
    expect(requests).toHaveLength(2);
  });

  it('requests a reference in its own spelling, unless it was parsed with another default registry', async () => {
    const requestsFor = async (name: Parameters<typeof daemon.image>[0]) => {
      const { host, requests } = await start({});
      await expect(daemon.image(name, { env: {}, host })).rejects.toMatchObject({ code: 'NOT_FOUND' });
      return requests.map((request) => request.replace('GET /v1.41/images/', ''));
    };
    expect(await requestsFor(newTag('app'))).toEqual(['app:latest/json']);
    expect(await requestsFor(newTag('reg.example:5000/a/b'))).toEqual(['reg.example:5000/a/b:latest/json']);
    expect(await requestsFor(newTag('app', { defaultRegistry: 'reg.example' }))).toEqual([
      'reg.example/app:latest/json',
    ]);
  });

  it('D6: finds an image under the name that podman gave it', async () => {
    const routes = { 'GET /images/localhost/app:v1/json': inspected() };
    const podman = await start(routes, { server: 'Libpod/5.4.0 (linux)' });
    expect((await imageAt(podman.host)).id).toBe(id);
    const docker = await start(routes);
    await expect(imageAt(docker.host)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const full = newTag('docker.io/library/app:v1');
    await expect(daemon.image(full, { env: {}, host: podman.host })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('docker.io/library/app:v1') as unknown,
    });
  });

  it('D6: keeps the manifest from containerd, and chooses the platform of the daemon among several', async () => {
    const arm = await layeredImage([[file('arm', '1')]], {
      config: (config) => ({ ...config, architecture: 'arm64' }),
    });
    const amd = await layeredImage([[file('amd', '1')]]);
    const manifestId = await amd.digest();
    const archive = await ociTar(arm, amd);
    const routes = {
      [INSPECT]: inspected({ Id: manifestId, Descriptor: { digest: manifestId } }),
      [`GET /images/${manifestId}/get`]: sends(archive),
    };
    const { host, requests } = await start(routes, { apiVersion: '1.48' });
    const image = await imageAt(host);
    expect(await image.digest()).toBe(manifestId);
    expect(await image.configName()).toBe(await amd.configName());
    const other = await imageAt(host, { platform: { os: 'linux', architecture: 'arm64' } });
    expect(await other.digest()).toBe(await arm.digest());
    expect(decodeURIComponent(requests.at(-1) ?? '')).toContain(
      '?platform={"os":"linux","architecture":"arm64"}',
    );
    const absent = await imageAt(host, { platform: { os: 'plan9', architecture: 'mips' } });
    await expect(absent.layers()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('fails if the exported image is not the requested one', async () => {
    const other = dockerTar(dockerArchive({ layers: [tarOf(['evil', '1'])] }));
    const { host } = await start({ [INSPECT]: inspected(), [EXPORT]: sends(other) });
    await expect((await imageAt(host)).layers()).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
      expected: id,
    });
  });

  it('closes the image at the end of an `await using` block', async () => {
    const { host } = await start({ [INSPECT]: inspected(), [EXPORT]: sends(saved) });
    let opened;
    {
      await using image = await imageAt(host);
      opened = image;
      expect(await image.layers()).toHaveLength(2);
    }
    await expect(opened.layers()).rejects.toThrow('closed');
  });
});

describe('an export by a daemon', () => {
  const failing = async (listener: RequestListener, options?: daemon.ImageOptions) => {
    const { host, open } = await start({ [INSPECT]: inspected(), [EXPORT]: listener });
    const image = await imageAt(host, options);
    const failure = await image.layers().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(await eventually(() => open() === 0)).toBe(true);
    return failure;
  };

  it('D4: fails if the connection is cut', async () => {
    const cut: RequestListener = (_request, response) => {
      response.writeHead(200);
      response.write(saved.subarray(0, 3000), () => response.destroy());
    };
    expect(await failing(cut)).toMatchObject({
      code: 'TRANSPORT',
      temporary: true,
      message: expect.stringMatching(
        /^export image sha256:.*the connection was closed in the middle$/,
      ) as unknown,
    });
  });

  it.each([0, 512, 3000, saved.byteLength - 1024, saved.byteLength - 1])(
    'D4: fails if the archive ends in order after only %d bytes',
    async (length) => {
      expect(await failing(sends(saved.subarray(0, length)))).toMatchObject({
        code: 'ARCHIVE_INVALID',
        message: expect.stringContaining(`it ends after ${length} bytes`) as unknown,
      });
    },
  );

  it('D4: fails with the error message of the daemon', async () => {
    const failure = { errorDetail: { message: 'layer does not exist' }, error: 'layer does not exist' };
    for (const parts of [[saved.subarray(0, 5000), Buffer.from(`${JSON.stringify(failure)}\r\n`)]]) {
      expect(await failing(sends(...parts))).toMatchObject({
        code: 'TRANSPORT',
        message: expect.stringContaining(
          'the daemon failed during the export: layer does not exist',
        ) as unknown,
      });
    }
  });

  it('ends when it is aborted, or when the image is closed', async () => {
    let response: ServerResponse | undefined;
    const { host, open } = await start({
      [INSPECT]: inspected(),
      [EXPORT]: (_request, sent) => {
        response = sent;
        sent.write(saved.subarray(0, 3000));
      },
    });
    for (const ending of ['abort', 'close'] as const) {
      const image = await imageAt(host);
      const reason = new Error('enough');
      const controller = new AbortController();
      const reading = image.layers({ signal: controller.signal });
      reading.catch(() => undefined);
      expect(await eventually(() => response !== undefined)).toBe(true);
      const closed = once(response!, 'close');
      if (ending === 'abort') controller.abort(reason);
      else await image.close();
      if (ending === 'abort') await expect(reading).rejects.toBe(reason);
      else await expect(reading).rejects.toThrow('was closed');
      await closed;
      response = undefined;
    }
    expect(await eventually(() => open() === 0)).toBe(true);
  });
});

/** The spool files that this process has open. Empty on systems other than Linux, where they cannot be listed. */
function openSpools(): ReadonlySet<string> {
  if (process.platform !== 'linux') return new Set();
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return new Set(targets.filter((target) => target.includes('.spool')));
}

describe('the exported copy of an image in a daemon', () => {
  it('D5: is an unlinked file, which is freed when the image is closed', async () => {
    const tar = tarOf(['big', 'x'.repeat(6_000_000)]);
    const big = dockerArchive({ layers: [tar] });
    const bigId = newHash(sha256Of(big.config));
    const { host } = await start({
      [INSPECT]: inspected({ Id: bigId }),
      [`GET /images/${bigId}/get`]: sends(dockerTar(big)),
    });
    const before = openSpools();
    const image = await imageAt(host);
    const [layer] = await image.layers();
    const [copy = ' (deleted)', ...others] = [...openSpools()].filter((spool) => !before.has(spool));
    expect(others).toEqual([]);
    expect(copy).toMatch(/ \(deleted\)$/);
    expect(sha256Of(await readAll(await layer!.uncompressed()))).toBe(sha256Of(tar));
    await image.close();
    expect(openSpools().has(copy)).toBe(false);
    await expect(layer!.uncompressed()).rejects.toThrow('closed');
    await expect(image.layers()).rejects.toThrow('closed');
    await image.close();
  });
});
