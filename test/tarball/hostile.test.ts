import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const tar = tarOf(['etc/os', 'one']);
const other = tarOf(['etc/os', 'other']);
const simple = dockerArchive({ layers: [tar], tags: ['app:v1'] });
const archive = dockerTar(simple);

const opener = (bytes: Uint8Array) => () => Readable.from([bytes], { objectMode: false });
const opened = async (bytes: Uint8Array): Promise<Image> => tarball.image(opener(bytes));
const withManifest = (content: string): Buffer =>
  tarEntries(...simple.entries, { name: 'manifest.json', content });
const readLayer = async (image: Image): Promise<Buffer> =>
  readAll(await (await image.layers())[0]!.uncompressed());

describe('a damaged archive', () => {
  it.each([
    ['within the first header', 300],
    ['within a header', 512 + 512 + 100],
    ['within a body', 512 + 10],
    ['before the manifest', archive.byteLength - 1024 - 1024],
  ])('B1: is recognised if it is cut %s', async (_where, size) => {
    await expect(opened(archive.subarray(0, size))).rejects.toThrow(ArchiveInvalidError);
    await writeFile(dir.path('cut.tar'), archive.subarray(0, size));
    await expect(tarball.imageFromPath(dir.path('cut.tar'))).rejects.toThrow(ArchiveInvalidError);
  });

  it.each([0, 512])('B1: is accepted with only %i bytes of its trailer', async (left) => {
    expect(await readLayer(await opened(archive.subarray(0, archive.byteLength - 1024 + left)))).toEqual(tar);
  });

  it('B1: is refused, or has the complete image, wherever it is cut', async () => {
    for (let size = 0; size < archive.byteLength; size += 64) {
      try {
        const image = await opened(archive.subarray(0, size));
        expect(await readLayer(image)).toEqual(tar);
      } catch (error) {
        expect(error).toBeInstanceOf(ArchiveInvalidError);
      }
    }
  });

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is no tar', Buffer.from('x'.repeat(2000))],
    ['holds no images', tarOf(['a', 'b'])],
  ])('B2: is refused if it %s', async (_what, bytes) => {
    await expect(opened(bytes)).rejects.toThrow(ArchiveInvalidError);
  });

  it.each([
    ['null', 'null'],
    ['an object', '{}'],
    ['not JSON', '[{]'],
    ['empty', ''],
    ['a list of null', '[null]'],
    ['without a config', '[{"Layers":[]}]'],
    ['with layers that are not a list', '[{"Config":"c","Layers":"abc"}]'],
    ['with layers that are not names', '[{"Config":"c","Layers":[1]}]'],
    ['with tags that are not names', '[{"Config":"c","Layers":[],"RepoTags":[{}]}]'],
    ['with two configs', '[{"Config":"c","Config":"d","Layers":[]}]'],
    [
      'with sources that are not descriptors',
      '[{"Config":"c","Layers":[],"LayerSources":{"x":{"size":-1}}}]',
    ],
  ])('B3: is refused if manifest.json is %s', async (_what, content) => {
    await expect(opened(withManifest(content))).rejects.toThrow(ManifestInvalidError);
  });

  it('B3: is refused before a huge manifest.json is read', async () => {
    const large = withManifest(`[${' '.repeat(100_000)}]`);
    const failure = tarball.image(opener(large), { maxManifestBytes: 50_000 });
    await expect(failure).rejects.toThrow(LimitExceededError);
    await expect(failure).rejects.toMatchObject({ option: 'maxManifestBytes' });
  });

  it('B4: has absolute names and names with `..` inside the archive only', async () => {
    await writeFile(dir.path('secret'), 'secret');
    const names = ['../layer.tar', '/etc/passwd', dir.path('secret'), 'C:\\layer.tar', 'a/../../b'];
    const image = dockerArchive({ layers: names.map(() => tar), names });
    const layers = await (await opened(dockerTar(image))).layers();
    for (const layer of layers) expect(await readAll(await layer.uncompressed())).toEqual(tar);

    const outside = dockerArchive({ layers: [tar], names: [dir.path('secret')] });
    const missing = tarEntries(outside.entries[0]!, {
      name: 'manifest.json',
      content: JSON.stringify([outside.manifestEntry]),
    });
    await expect(opened(missing)).rejects.toThrow(ArchiveInvalidError);
  });

  it.each([
    ['to itself', [{ name: 'a', link: 'a' }]],
    [
      'in a circle',
      [
        { name: 'a', link: 'b' },
        { name: 'b', link: 'a' },
      ],
    ],
    ['to nothing', [{ name: 'a', link: 'b' }]],
    ['out of the archive', [{ name: 'a', link: '../../../../etc/passwd' }]],
    [
      'to a directory',
      [
        { name: 'a', link: 'b' },
        { name: 'b', type: '5' },
      ],
    ],
    ['that is hard, to itself', [{ name: 'a', link: 'a', hard: true }]],
    [
      'too many times',
      [
        ...Array.from({ length: 20 }, (_, at) => ({ name: at === 0 ? 'a' : `a${at}`, link: `a${at + 1}` })),
        { name: 'a20' },
      ],
    ],
  ])('B5: is refused if a layer is a link %s', async (_where, links) => {
    const image = dockerArchive({ layers: [tar], names: ['a'] });
    const bytes = tarEntries(image.entries[0]!, ...links, {
      name: 'manifest.json',
      content: JSON.stringify([image.manifestEntry]),
    });
    await expect(opened(bytes)).rejects.toThrow(ArchiveInvalidError);
  });

  it('B5: is read if a layer is found through sixteen links', async () => {
    const image = dockerArchive({ layers: [tar], names: ['a'] });
    const links = Array.from({ length: 16 }, (_, at) => ({
      name: at === 0 ? 'a' : `a${at}`,
      link: `a${at + 1}`,
    }));
    const bytes = tarEntries(
      image.entries[0]!,
      ...links,
      { name: 'a16', content: tar },
      {
        name: 'manifest.json',
        content: JSON.stringify([image.manifestEntry]),
      },
    );
    expect(await readLayer(await opened(bytes))).toEqual(tar);
  });

  it('B12: is read with the first of several entries with one name', async () => {
    const bytes = tarEntries(
      ...simple.entries,
      { name: 'manifest.json', content: JSON.stringify([simple.manifestEntry]) },
      { name: './manifest.json', content: 'null' },
    );
    expect(await readLayer(await opened(bytes))).toEqual(tar);
  });

  it('B15: is refused if it is a decompression bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    await expect(tarball.image(opener(bomb), { maxRatio: 1000 })).rejects.toThrow(LimitExceededError);
    await expect(tarball.image(opener(bomb), { maxRatio: 10 })).rejects.toMatchObject({ option: 'maxRatio' });
    await expect(tarball.image(opener(bomb), { maxRatio: 1e6, maxBytes: 1000 })).rejects.toMatchObject({
      option: 'maxBytes',
    });
  });

  it('B16: is recognised if its compressed data is cut or followed by other data', async () => {
    const packed = gzipSync(archive);
    await expect(opened(packed.subarray(0, packed.byteLength - 9))).rejects.toThrow(ArchiveInvalidError);
    await expect(opened(Buffer.concat([packed, Buffer.from('garbage')]))).rejects.toThrow(
      ArchiveInvalidError,
    );
    const joined = Buffer.concat([gzipSync(archive.subarray(0, 600)), gzipSync(archive.subarray(600))]);
    expect(await readLayer(await opened(joined))).toEqual(tar);
    expect(await readLayer(await opened(Buffer.concat([packed, Buffer.alloc(512)])))).toEqual(tar);
  });

  it.each([
    ['more layers', { layers: [tar, tar], tars: [tar] }],
    ['fewer layers', { layers: [tar], tars: [tar, other] }],
  ])('B18: is refused if it has %s than diff IDs', async (_what, content) => {
    await expect(opened(dockerTar(dockerArchive(content)))).rejects.toThrow(ManifestInvalidError);
  });

  it.each(['sha256:', 'blobs/sha256/', ''])(
    'B18: is read with a warning if the name %s... of a config has another digest than its content',
    async (prefix) => {
      const hex = 'a'.repeat(64);
      const configName = prefix === '' ? `${hex}.json` : prefix + hex;
      const edited = dockerArchive({ layers: [tar], configName });
      const warnings: tarball.ArchiveWarning[] = [];
      const image = await tarball.image(opener(dockerTar(edited)), {
        onWarning: (warning) => warnings.push(warning),
      });
      const digest = sha256Of(edited.config);
      expect(await image.configName()).toBe(digest);
      expect(warnings).toEqual([
        {
          subject: 'archive',
          text: `the config ${JSON.stringify(configName)} was edited: its digest is ${digest}`,
        },
      ]);
    },
  );

  it('is read without a warning if the name of a config is not a digest', async () => {
    expect(
      await readLayer(await opened(dockerTar(dockerArchive({ layers: [tar], configName: 'config.json' })))),
    ).toEqual(tar);
  });

  it.each([
    ['a plain layer', other],
    ['a compressed layer', gzipSync(other)],
  ])('fails before the end of %s that does not have its diff ID', async (_what, layer) => {
    const image = await opened(dockerTar(dockerArchive({ layers: [layer], tars: [tar] })));
    await expect(readLayer(image)).rejects.toThrow(DigestMismatchError);
  });

  it('fails before the end of a compressed layer that does not have the digest in its name', async () => {
    const names = [`${'b'.repeat(64)}.tar.gz`];
    const image = await opened(dockerTar(dockerArchive({ layers: [gzipSync(tar)], tars: [tar], names })));
    const [layer] = await image.layers();
    expect(await layer!.digest()).toBe(`sha256:${'b'.repeat(64)}`);
    await expect(layer!.compressed().then(readAll)).rejects.toThrow(DigestMismatchError);
  });

  it('fails before a plain layer is published that does not have its diff ID', async () => {
    const image = await opened(dockerTar(dockerArchive({ layers: [other], tars: [tar] })));
    await expect(image.digest()).rejects.toThrow(DigestMismatchError);
  });

  it('is refused if a layer or the config is missing', async () => {
    const [config, layer] = simple.entries;
    const manifest = { name: 'manifest.json', content: JSON.stringify([simple.manifestEntry]) };
    await expect(opened(tarEntries(config!, manifest))).rejects.toThrow(/layer .* is missing/);
    await expect(opened(tarEntries(layer!, manifest))).rejects.toThrow(/config .* is missing/);
  });

  it('is refused if its config or the number of its entries exceeds the cap', async () => {
    const reading = tarball.image(opener(archive), { maxConfigBytes: 10 });
    await expect(reading).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', option: 'maxConfigBytes' });
    await expect(tarball.image(opener(archive), { maxEntries: 2 })).rejects.toThrow(LimitExceededError);
  });
});
