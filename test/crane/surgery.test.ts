import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as crane from '../../src/crane/index.js';
import * as empty from '../../src/empty/index.js';
import { RebaseError } from '../../src/errors/rebase.js';
import * as mutate from '../../src/mutate/index.js';
import * as statics from '../../src/static/index.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { file, layeredImage } from '../support/images/layered-image.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { unpackInMemory } from '../support/archives/unpack-in-memory.js';
import { zstdOf } from '../support/archives/zstd-of.js';

const temp = useTempDir();
const tar = tarOf(['app', 'content']);
const oci = async (): Promise<Image> => layeredImage([[file('base', '1')], [file('two', '2')]]);

const registry = useRegistry();
const named = (reference: string): string => `${registry.host}/${reference}`;

describe('crane.append', () => {
  it('uses the media types of the base, and detects compression', async () => {
    await writeFile(temp.path('plain.tar'), tar);
    await writeFile(temp.path('packed.tgz'), gzipSync(tar));
    await writeFile(temp.path('packed.zst'), zstdOf(tar));
    const paths = ['plain.tar', 'packed.tgz'].map((name) => temp.path(name));
    const onOci = (await (await crane.append(await oci(), paths)).manifest()).layers.slice(2);
    expect(onOci.map(({ mediaType }) => mediaType)).toEqual([types.ociLayer, types.ociLayer]);
    expect(onOci[1]!.digest).toBe(sha256Of(gzipSync(tar)));
    const onDocker = await crane.append(empty.image, paths);
    expect((await onDocker.manifest()).layers.map(({ mediaType }) => mediaType)).toEqual([
      types.dockerLayer,
      types.dockerLayer,
    ]);
    expect((await onDocker.configFile()).rootfs.diff_ids).toEqual([sha256Of(tar), sha256Of(tar)]);
    const [zstd] = await (await crane.append(empty.image, [temp.path('packed.zst')])).layers();
    expect(await zstd!.mediaType()).toBe(types.ociLayerZstd);
  });

  it.each(['plain', 'compressed'])('pushes a %s stream that can be read once', async (form) => {
    const bytes = form === 'plain' ? tar : gzipSync(tar);
    const image = await crane.append(await oci(), [Readable.from([bytes.subarray(0, 2), bytes.subarray(2)])]);
    await crane.push(image, named('app:v1'));
    const pulled = await crane.pull(named('app:v1'));
    await validate.image(pulled);
    expect((await pulled.configFile()).rootfs.diff_ids[2]).toBe(sha256Of(tar));
    expect((await pulled.manifest()).layers[2]!.mediaType).toBe(types.ociLayer);
  });

  it('names the file that does not exist, and destroys the streams', async () => {
    const stream = createReadStream('/dev/null');
    await expect(crane.append(empty.image, [stream, temp.path('missing.tar')])).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
    });
    expect(stream.destroyed).toBe(true);
  });

  it('gives layers the structure that Windows expects', async () => {
    const base = mutate.configFile(empty.image, { ...(await empty.image.configFile()), os: 'windows' });
    await writeFile(temp.path('plain.tar'), tar);
    const [layer] = await (await crane.append(base, [temp.path('plain.tar')])).layers();
    const found = await unpackInMemory(await layer!.uncompressed());
    expect([...found.keys()]).toEqual(['Files', 'Hives', 'Files/app']);
    expect(found.get('Files')!.header).toMatchObject({ type: 'directory', mode: 0o555 });
    expect(found.get('Files/app')!.header.pax['MSWINDOWS.rawsd']).toMatch(/^AQAAgBQ/);
    await expect(crane.append(base, [Readable.from([tar])])).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('crane.export', () => {
  it('writes the merged filesystem to a file or a stream', async () => {
    const image = await oci();
    await crane.export(image, temp.path('out.tar'));
    const sink = new PassThrough();
    const all = readAll(sink);
    await crane.export(image, sink);
    sink.end();
    expect(await readFile(temp.path('out.tar'))).toEqual(await all);
    expect([...(await unpackInMemory(Readable.from([await all], { objectMode: false }))).keys()]).toEqual([
      'two',
      'base',
    ]);
  });

  it('writes a single blob that is not a layer as it is', async () => {
    const image = mutate.appendLayers(empty.image, [statics.newLayer(Buffer.from('{}'), 'application/json')]);
    await crane.export(image, temp.path('blob'));
    expect(await readFile(temp.path('blob'), 'utf8')).toBe('{}');
  });

  it('removes the file and destroys the stream after a failure', async () => {
    const broken = await layeredImage([[file('../x', '')]]);
    await expect(crane.export(broken, temp.path('out.tar'))).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    expect(await readdir(temp.path())).toEqual([]);
    const sink = new PassThrough();
    await expect(crane.export(broken, sink)).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    expect(sink.destroyed).toBe(true);
  });
});

describe('crane.flatten', () => {
  it('replaces the tag, or pushes to another tag, or by digest', async () => {
    await crane.push(await oci(), named('app:v1'));
    const before = await crane.digest(named('app:v1'));
    const copy = await crane.flatten(named(`app@${before}`));
    expect(copy.reference).toBe(named(`app@${copy.digest}`));
    expect(await crane.digest(named('app:v1'))).toBe(before);
    await crane.flatten(named('app:v1'), { tag: named('flat:v2') });
    expect(await crane.digest(named('flat:v2'))).toBe(copy.digest);
    await crane.flatten(named('app:v1'));
    const flat = await crane.pull(named('app:v1'));
    expect(await flat.digest()).toBe(copy.digest);
    await validate.image(flat);
  });

  it('flattens every image of an index, and leaves out attestations', async () => {
    const amd = await oci();
    const arm = await layeredImage([[file('base', '1')], [file('arm', '2')]]);
    const note = mutate.annotations(await oci(), { note: 'x' });
    const index = mutate.appendManifests(mutate.annotations(empty.index, { k: 'v' }), [
      { add: amd, descriptor: { platform: { os: 'linux', architecture: 'amd64' }, annotations: { a: 'b' } } },
      { add: arm, descriptor: { platform: { os: 'linux', architecture: 'arm64' } } },
      { add: note, descriptor: { platform: { os: 'unknown', architecture: 'unknown' } } },
    ]);
    await crane.push(index, named('multi:v1'));
    const pushed = await crane.flatten(named('multi:v1'), { tag: named('multi:flat') });
    expect(pushed.mediaType).toBe(types.ociImageIndex);
    const found = JSON.parse(Buffer.from(await crane.manifest(named('multi:flat'))).toString()) as {
      manifests: { digest: string; annotations?: object; platform: object }[];
      annotations: object;
    };
    expect(found.annotations).toEqual({ k: 'v' });
    expect(found.manifests).toMatchObject([
      {
        digest: await mutate.flatten(amd).digest(),
        annotations: { a: 'b' },
        platform: { architecture: 'amd64' },
      },
      { digest: await mutate.flatten(arm).digest(), platform: { architecture: 'arm64' } },
    ]);
    const one = await crane.flatten(named('multi:v1'), { platform: 'linux/arm64', tag: named('one:v1') });
    expect(one.digest).toBe(found.manifests[1]!.digest);
  });
});

describe('crane.rebase', () => {
  it('moves an image to a base, and the next time finds both bases in the annotations', async () => {
    const base = async (content: string): Promise<Image> => layeredImage([[file('os', content)]]);
    await crane.push(await base('1'), named('base:latest'));
    const app = mutate.appendLayers(
      await base('1'),
      await (await layeredImage([[file('app', 'x')]])).layers(),
    );
    await crane.push(app, named('app:v1'));
    await expect(crane.rebase(named('app:v1'))).rejects.toMatchObject({ problem: 'no-base' });
    const same = await crane.rebase(named('app:v1'), {
      oldBase: named('base:latest'),
      newBase: named('base:latest'),
    });
    expect(same.changed).toBe(true);
    const again = await crane.rebase(named('app:v1'));
    expect(again).toMatchObject({ changed: false, digest: same.digest });

    await crane.push(await base('2'), named('base:latest'));
    const moved = await crane.rebase(named('app:v1'));
    expect(moved).toMatchObject({ changed: true, reference: named(`app@${moved.digest}`) });
    const image = await crane.pull(named('app:v1'));
    expect((await image.manifest()).annotations).toEqual({
      'org.opencontainers.image.base.digest': await (await base('2')).digest(),
      'org.opencontainers.image.base.name': named('base:latest'),
    });
    const found = await unpackInMemory(mutate.extract(image));
    expect([...found].map(([path, { content }]) => [path, content])).toEqual([
      ['app', 'x'],
      ['os', '2'],
    ]);
    const wrong = crane.rebase(named('app:v1'), { oldBase: named('app:v1'), newBase: named('base:latest') });
    // The image is its own base, so nothing of it is left after the rebase.
    expect((await (await crane.pull((await wrong).reference)).manifest()).layers).toHaveLength(1);
    await expect(
      crane.rebase(named('base:latest'), { oldBase: moved.reference, newBase: named('base:latest') }),
    ).rejects.toBeInstanceOf(RebaseError);
  });

  it('refuses an index without a platform', async () => {
    await crane.push(mutate.appendManifests(empty.index, [{ add: await oci() }]), named('multi:v1'));
    await expect(crane.rebase(named('multi:v1'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('crane.saveLegacy', () => {
  it("writes Docker's first format", async () => {
    const image = await oci();
    await crane.saveLegacy(image, 'registry.example/app:v1', temp.path('one.tar'));
    const digest = `registry.example/app@sha256:${'1'.repeat(64)}`;
    await crane.multiSaveLegacy({ 'a/b': image, [digest]: await layeredImage([]) }, temp.path('two.tar'));
    expect((await tarball.open(temp.path('two.tar'))).images.flatMap(({ tags }) => tags).sort()).toEqual([
      'a/b:latest',
      'registry.example/app:i-was-a-digest',
    ]);
    const names = [...(await unpackInMemory(createReadStream(temp.path('one.tar')))).keys()];
    expect(names.filter((name) => /^[0-9a-f]{64}\/(layer\.tar|json|VERSION)$/.test(name))).toHaveLength(6);
    expect(names.slice(-2)).toEqual(['manifest.json', 'repositories']);
    await validate.image(await crane.load(temp.path('one.tar')));
  });
});
