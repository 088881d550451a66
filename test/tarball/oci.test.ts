import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { AmbiguousError } from '../../src/errors/ambiguous.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import * as layout from '../../src/layout/index.js';
import * as mutate from '../../src/mutate/index.js';
import { newTag } from '../../src/name/tag.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { marshalIndexManifest } from '../../src/v1/documents/marshal.js';
import { ociUncompressedLayer } from '../../src/v1/types.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarEntries, type TestEntry } from '../support/archives/tar-entries.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const opener = (bytes: Uint8Array) => () => Readable.from([bytes], { objectMode: false });
const REF_NAME = 'org.opencontainers.image.ref.name';
const stored = (content: string): Image =>
  compressedToImage(storedImage({ tars: [tarOf(['file', content])] }));

/** The files of the layout in the temporary directory, as entries of a tar. */
async function layoutEntries(): Promise<TestEntry[]> {
  const root = dir.path('layout');
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return Promise.all(
    found
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return { name: path.relative(root, file), content: await readFile(file) };
      }),
  );
}

async function layoutOf(
  ...images: readonly (readonly [Image, layout.AppendOptions?])[]
): Promise<TestEntry[]> {
  const into = await layout.fromPath(dir.path('layout'), { create: true });
  for (const [image, options] of images) await into.appendImage(image, options);
  return layoutEntries();
}

/** An archive as Docker 25 and later save it: a layout, and a manifest.json that names its blobs. */
async function dual(
  image: Image,
  tags: readonly string[] = ['app:v1'],
  more: Readonly<Record<string, unknown>> = {},
): Promise<TestEntry[]> {
  const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
  const { config, layers } = await image.manifest();
  const described = {
    Config: blob(config.digest),
    RepoTags: tags,
    Layers: layers.map(({ digest }) => blob(digest)),
    ...more,
  };
  const name = { annotations: { 'io.containerd.image.name': 'docker.io/library/app:v1', [REF_NAME]: 'v1' } };
  return [
    ...(await layoutOf([image, name])),
    { name: 'manifest.json', content: JSON.stringify([described]) },
  ];
}

describe('an OCI archive', () => {
  it('B2: is read by its index.json', async () => {
    const image = stored('one');
    const read = await tarball.image(opener(tarEntries(...(await layoutOf([image])))));
    expect(await read.digest()).toBe(await image.digest());
    for (const layer of await read.layers()) await readAll(await layer.uncompressed());
  });

  it('has images that are selected by the names in its annotations', async () => {
    const [one, two] = [stored('one'), stored('two')];
    const archive = tarEntries(
      ...(await layoutOf(
        [one, { annotations: { [REF_NAME]: 'v1' } }],
        [two, { annotations: { [REF_NAME]: 'example.com/app:v2' } }],
      )),
    );
    const digest = async (tag: string): Promise<string> =>
      (await tarball.image(opener(archive), { tag })).digest();
    expect(await digest('v1')).toBe(await one.digest());
    expect(await digest('example.com/app:v2')).toBe(await two.digest());
    await expect(digest('v3')).rejects.toThrow(NotFoundError);
    await expect(tarball.image(opener(archive))).rejects.toThrow(AmbiguousError);
  });

  it('has images that are selected by platform, through nested indexes', async () => {
    const into = await layout.fromPath(dir.path('layout'), { create: true });
    await into.appendImage(stored('arm'), {
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    });
    await into.appendImage(stored('amd'), { platform: { os: 'linux', architecture: 'amd64' } });
    const inner = await into.imageIndex();
    const outer = await layout.fromPath(dir.path('outer'), { create: true });
    await outer.appendIndex(inner, { annotations: { [REF_NAME]: 'multi' } });
    await layout.write(dir.path('layout'), await outer.imageIndex());
    const archive = await tarball.open(opener(tarEntries(...(await layoutEntries()))));
    expect(archive.manifest).toBeUndefined();
    expect(archive.images.map(({ tags, platform }) => [tags, platform?.architecture])).toEqual([
      [['multi'], 'arm64'],
      [['multi'], 'amd64'],
    ]);
    const image = await archive.image({ platform: { os: 'linux', architecture: 'arm64' } });
    expect(await image.digest()).toBe(await stored('arm').digest());
    await expect(archive.image({ tag: 'multi' })).rejects.toThrow(/linux\/arm64\/v8/);
    await expect(archive.image({ platform: { os: 'windows', architecture: '' } })).rejects.toThrow(
      NotFoundError,
    );
  });

  it('returns its complete index', async () => {
    const index = randomIndex(10, 1, 2, { seed: 'archive' });
    await layout.write(dir.path('layout'), index);
    const archive = await tarball.open(opener(tarEntries(...(await layoutEntries()))));
    expect(await archive.index!.digest()).toBe(await index.digest());
    const copy = await layout.write(dir.path('copy'), archive.index!);
    expect(await copy.garbageCollect()).toEqual([]);
    await archive.close();
  });

  it('is verified against its digests', async () => {
    const entries = await layoutOf([stored('one')]);
    const damaged = entries.map((entry) => {
      if (!entry.name.startsWith('blobs/')) return entry;
      const content = Buffer.from(entry.content!);
      content[content.byteLength - 1]! ^= 1;
      return { ...entry, content };
    });
    await expect((await tarball.image(opener(tarEntries(...damaged)))).manifest()).rejects.toThrow(
      DigestMismatchError,
    );
    const index = {
      name: 'index.json',
      content: '{"schemaVersion":2,"manifests":[{"mediaType":"x","size":1,"digest":"x"}]}',
    };
    await expect(tarball.image(opener(tarEntries(index)))).rejects.toThrow(ManifestInvalidError);
    await expect(
      tarball.image(opener(tarEntries({ ...index, content: '{"manifests":[]}' }))),
    ).rejects.toThrow(NotFoundError);
  });

  it('has each image once, even if its indexes list each other', async () => {
    let content = Buffer.from(marshalIndexManifest({ schemaVersion: 2, manifests: [] }));
    const entries: TestEntry[] = [];
    for (let depth = 0; depth < 14; depth += 1) {
      const digest = sha256Of(content);
      entries.push({ name: `blobs/${digest.replace(':', '/')}`, content });
      const child = {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        size: content.byteLength,
        digest,
      };
      const manifests = Array.from({ length: 100 }, () => child);
      content = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
    }
    const bytes = tarEntries(...entries, { name: 'index.json', content });
    await expect(tarball.open(opener(bytes))).resolves.toMatchObject({ images: [] });
  });

  it('can nest sixteen indexes, and no more', async () => {
    const chain = (depth: number): TestEntry[] => {
      let content = Buffer.from(marshalIndexManifest({ schemaVersion: 2, manifests: [] }));
      const entries: TestEntry[] = [];
      for (let at = 0; at < depth; at += 1) {
        const digest = sha256Of(content);
        entries.push({ name: `blobs/${digest.replace(':', '/')}`, content });
        const child = {
          mediaType: 'application/vnd.oci.image.index.v1+json',
          size: content.byteLength,
          digest,
        };
        content = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [child] }));
      }
      return [...entries, { name: 'index.json', content }];
    };
    await expect(tarball.open(opener(tarEntries(...chain(15))))).resolves.toMatchObject({ images: [] });
    await expect(tarball.open(opener(tarEntries(...chain(16))))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });
});

describe('an archive with manifest.json and index.json', () => {
  it('B2: keeps the manifest, and so the digest', async () => {
    const image = stored('one');
    const archive = tarEntries(...(await dual(image)));
    const read = await tarball.image(opener(archive), { tag: 'app:v1' });
    expect(await read.digest()).toBe(await image.digest());
    expect(await read.mediaType()).toBe('application/vnd.oci.image.manifest.v1+json');
    const made = await tarball.image(opener(archive), { originalManifest: false });
    expect(await made.mediaType()).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(await made.configName()).toBe(await image.configName());
  });

  it('uses the manifest with the same files for each of two images that share a config', async () => {
    const gzip = stored('one');
    const packed = mutate.recompress(gzip, 'none');
    expect(await packed.configName()).toBe(await gzip.configName());
    await tarball.multiWriteOciToFile(dir.path('both.tar'), [
      [newTag('app:one'), gzip],
      [newTag('app:two'), packed],
    ]);
    for (const [tag, image] of [
      ['app:one', gzip],
      ['app:two', packed],
    ] as const) {
      const read = await tarball.imageFromPath(dir.path('both.tar'), { tag });
      expect(await read.digest()).toBe(await image.digest());
    }
  });

  it('finds by its tag an artifact that Docker cannot run and manifest.json does not list', async () => {
    const artifact = compressedToImage(
      storedImage({
        manifest: (same) => ({ ...same, config: { ...same.config, mediaType: 'application/vnd.example' } }),
      }),
    );
    await tarball.multiWriteOciToFile(dir.path('both.tar'), [
      [newTag('app:image'), stored('one')],
      [newTag('app:artifact'), artifact],
    ]);
    const read = await tarball.imageFromPath(dir.path('both.tar'), { tag: 'app:artifact' });
    expect(await read.digest()).toBe(await artifact.digest());
    const only = await tarball.imageFromPath(dir.path('both.tar'));
    expect(await only.digest()).toBe(await stored('one').digest());
  });

  it('K6: keeps a manifest of plain tars, unless `compressed` asks to compress those that Docker writes', async () => {
    const plain = tarOf(['file', 'plain']);
    const image = compressedToImage(
      storedImage({
        tars: [plain],
        blobs: [plain],
        manifest: (manifest) => ({
          ...manifest,
          layers: manifest.layers.map((layer) => ({ ...layer, mediaType: ociUncompressedLayer })),
        }),
      }),
    );
    // The engine says where its layers come from; others do not.
    const { layers } = await image.manifest();
    const sources = { [sha256Of(plain)]: layers[0] };
    const archive = tarEntries(...(await dual(image, ['app:v1'], { LayerSources: sources })));
    const others = await tarball.image(opener(tarEntries(...(await dual(image)))));
    expect(await others.digest()).toBe(await image.digest());
    const compress = { originalManifest: 'compressed' } as const;
    const asIs = await tarball.image(opener(tarEntries(...(await dual(image)))), compress);
    expect(await asIs.digest()).toBe(await image.digest());
    const made = await tarball.image(opener(archive), compress);
    expect((await made.manifest()).layers[0]?.mediaType).toBe(
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
    );
    expect(await readAll(await (await made.layers())[0]!.uncompressed())).toEqual(plain);
    const digest = await image.digest();
    const kept = await tarball.open(opener(archive));
    for (const selection of [{}, { digest }, { tag: 'app:v1' }])
      expect(await (await kept.find(selection)).digest()).toBe(digest);
  });

  it.each([
    ['is damaged', () => 'no JSON'],
    ['is about another image', () => '{"schemaVersion":2,"manifests":[]}'],
    ['is missing', () => undefined],
  ])('is read without an index.json that %s', async (_what, content) => {
    const image = stored('one');
    const replaced = content();
    const entries = (await dual(image)).flatMap((entry) => {
      if (entry.name !== 'index.json') return [entry];
      return replaced === undefined ? [] : [{ ...entry, content: replaced }];
    });
    const read = await tarball.image(opener(tarEntries(...entries)));
    expect(await read.configName()).toBe(await image.configName());
    for (const layer of await read.layers()) await readAll(await layer.uncompressed());
  });
});
