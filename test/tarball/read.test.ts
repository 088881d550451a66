import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { AmbiguousError } from '../../src/errors/ambiguous.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { newTag } from '../../src/name/tag.js';
import * as tarball from '../../src/tarball/index.js';
import { describeImageContract } from '../contract/image-contract.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { zstdOf } from '../support/archives/zstd-of.js';

const one = tarOf(['etc/os', 'one']);
const two = tarOf(['app', 'two']);
const plain = dockerTar(dockerArchive({ layers: [one, two], tags: ['app:v1'] }));
const packed = dockerTar(
  dockerArchive({ layers: [gzipSync(one), gzipSync(two)], tars: [one, two], tags: ['app:v1'] }),
);
const opener = (bytes: Uint8Array) => () => Readable.from([bytes], { objectMode: false });

describeImageContract('an image of plain tars', async () => tarball.image(opener(plain)));
describeImageContract('an image of compressed layers', async () => tarball.image(opener(packed)));
describeImageContract('an image of mixed layers', async () =>
  tarball.image(opener(dockerTar(dockerArchive({ layers: [gzipSync(one), two], tars: [one, two] })))),
);

describe('image of an archive', () => {
  const dir = useTempDir();

  it('reads the plain tars of docker save and compresses them', async () => {
    await writeFile(dir.path('saved.tar'), plain);
    const image = await tarball.imageFromPath(dir.path('saved.tar'));
    const [first] = await image.layers();
    expect(await readAll(await first!.uncompressed())).toEqual(one);
    expect((await image.manifest()).layers.map(({ mediaType }) => mediaType)).toEqual([
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
    ]);
    expect(await image.mediaType()).toBe('application/vnd.docker.distribution.manifest.v2+json');
  });

  it('keeps compressed layers as they are', async () => {
    const image = await tarball.image(opener(packed));
    const [first, second] = await image.layers();
    expect(await first!.digest()).toBe(sha256Of(gzipSync(one)));
    expect(await readAll(await second!.compressed())).toEqual(gzipSync(two));
    expect(await second!.diffId()).toBe(sha256Of(two));
  });

  it('B17: finds from the content of each layer how it is compressed', async () => {
    const archive = dockerTar(dockerArchive({ layers: [one, gzipSync(two)], tars: [one, two] }));
    const [first, second] = await (await tarball.image(opener(archive))).layers();
    expect(await readAll(await first!.uncompressed())).toEqual(one);
    expect(await readAll(await second!.uncompressed())).toEqual(two);
    expect(await second!.digest()).toBe(sha256Of(gzipSync(two)));
  });

  it('B15: reads a compressed archive', async () => {
    await writeFile(dir.path('saved.tar.gz'), gzipSync(plain));
    const image = await tarball.imageFromPath(dir.path('saved.tar.gz'));
    expect(await image.configName()).toBe(sha256Of(dockerArchive({ layers: [one, two] }).config));
  });

  it('B20: opens a stream once, however often its image is read', async () => {
    let opened = 0;
    const image = await tarball.image(() => {
      opened += 1;
      return Readable.from([plain.subarray(0, 700), plain.subarray(700)], { objectMode: false });
    });
    for (const layer of await image.layers()) await readAll(await layer.uncompressed());
    await image.digest();
    expect(opened).toBe(1);
  });

  it('finds an image by any spelling of its tag', async () => {
    const archive = opener(
      dockerTar(
        dockerArchive({ layers: [one], tags: ['app:v1', 'localhost/app:latest'] }),
        dockerArchive({ layers: [two], tags: ['docker.io/library/other:latest'] }),
      ),
    );
    const named = async (tag: string): Promise<string> =>
      (await tarball.image(archive, { tag })).configName();
    const first = sha256Of(dockerArchive({ layers: [one] }).config);
    expect(await named('index.docker.io/library/app:v1')).toBe(first);
    expect(await named('localhost/app')).toBe(first);
    expect(await named('other')).toBe(sha256Of(dockerArchive({ layers: [two] }).config));
    expect(await (await tarball.image(archive, { tag: newTag('other:latest') })).configName()).toBe(
      await named('other'),
    );
    await expect(named('app:v2')).rejects.toThrow(NotFoundError);
    await expect(named('app:v2')).rejects.toThrow(/app:v1/);
  });

  it('lists the images of the archive if several match or none does', async () => {
    const archive = dockerTar(
      dockerArchive({ layers: [one], tags: ['a:1', 'a:2'] }),
      dockerArchive({ layers: [two], tags: ['b:1'] }),
    );
    const failure: unknown = await tarball.image(opener(archive)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AmbiguousError);
    expect((failure as AmbiguousError).choices).toEqual(['a:1 a:2 (linux/amd64)', 'b:1 (linux/amd64)']);
  });

  it('ignores a malformed tag unless it is selected', async () => {
    const archive = opener(dockerTar(dockerArchive({ layers: [one], tags: ['NOT A TAG', 'good:1'] })));
    await expect(tarball.image(archive)).resolves.toBeDefined();
    await expect(tarball.image(archive, { tag: 'good:1' })).resolves.toBeDefined();
    await expect(tarball.image(archive, { tag: 'NOT A TAG' })).resolves.toBeDefined();
  });

  it('finds an image by platform', async () => {
    const archive = opener(
      dockerTar(
        dockerArchive({ layers: [one], tags: ['a:1'] }),
        dockerArchive({ layers: [one], tags: ['a:1'], config: { architecture: 'arm64', variant: 'v8' } }),
      ),
    );
    const image = await tarball.image(archive, {
      tag: 'a:1',
      platform: { os: 'linux', architecture: 'arm64' },
    });
    expect((await image.configFile()).variant).toBe('v8');
  });

  it('makes an OCI manifest if a layer is compressed with zstd, for which Docker has no media type', async () => {
    const archive = dockerTar(dockerArchive({ layers: [zstdOf(one), gzipSync(two)], tars: [one, two] }));
    const [layer] = await (await tarball.image(opener(archive))).layers();
    expect(await layer!.digest()).toBe(sha256Of(zstdOf(one)));
    expect(await readAll(await layer!.uncompressed())).toEqual(one);
    const manifest = await (await tarball.image(opener(archive))).manifest();
    expect(manifest.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(manifest.config.mediaType).toBe('application/vnd.oci.image.config.v1+json');
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      'application/vnd.oci.image.layer.v1.tar+zstd',
      'application/vnd.oci.image.layer.v1.tar+gzip',
    ]);
  });

  it('B6: resolves hard links against the root and symbolic links against their directory', async () => {
    const image = dockerArchive({
      layers: [one, one, one],
      names: ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'],
    });
    const archive = tarEntries(
      image.entries[0]!,
      { name: 'a/layer.tar', content: one },
      { name: 'b/layer.tar', link: '../a/layer.tar' },
      { name: 'c/layer.tar', link: 'b/layer.tar', hard: true },
      { name: 'manifest.json', content: JSON.stringify([image.manifestEntry]) },
    );
    const layers = await (await tarball.image(opener(archive))).layers();
    for (const layer of layers) expect(await readAll(await layer.uncompressed())).toEqual(one);
    expect(layers).toHaveLength(3);
  });

  it('keeps the descriptor of a foreign layer', async () => {
    const source = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      size: 1234,
      digest: `sha256:${'a'.repeat(64)}`,
      urls: ['https://layers.example/a'],
    };
    const image = dockerArchive({ layers: [one, two], names: ['base.tar', 'app.tar'] });
    const described = { ...image.manifestEntry, LayerSources: { [sha256Of(one)]: source } };
    const archive = tarEntries(image.entries[0]!, image.entries[2]!, {
      name: 'manifest.json',
      content: JSON.stringify([described]),
    });
    const [base, app] = (await (await tarball.image(opener(archive))).manifest()).layers;
    expect(base).toEqual(source);
    expect(app?.mediaType).toBe('application/vnd.docker.image.rootfs.diff.tar.gzip');
    const [layer] = await (await tarball.image(opener(archive))).layers();
    expect(await layer!.exists!()).toBe(false);
    await expect(layer!.compressed()).rejects.toThrow(NotFoundError);
  });
});

describe('loadManifest', () => {
  it('returns all fields of manifest.json, and unknown fields too', async () => {
    const image = dockerArchive({ layers: [one], tags: ['a:1'], manifestEntry: { Parent: 'x' } });
    expect(await tarball.loadManifest(opener(dockerTar(image)))).toEqual([
      {
        Config: image.manifestEntry.Config,
        RepoTags: ['a:1'],
        Layers: image.manifestEntry.Layers,
        Parent: 'x',
      },
    ]);
  });
});
