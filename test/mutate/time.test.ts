import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { readTar, type TarHeader } from '../../src/internal/tar/tar.js';
import * as mutate from '../../src/mutate/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import * as statics from '../../src/static/index.js';
import type { ConfigFile } from '../../src/v1/config-file.js';
import type { Image } from '../../src/v1/image.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { file, directory, layeredImage } from '../support/images/layered-image.js';
import { layerTar } from '../support/archives/layer-tar.js';
import { storedImage } from '../support/images/stored-image.js';

const T = new Date('2020-01-02T03:04:05Z');
const SECONDS = T.getTime() / 1000;

const entries = [
  directory('d', { mtime: SECONDS - 100 }),
  file('d/late', 'x', {
    mtime: SECONDS + 100,
    pax: { atime: String(SECONDS + 7), ctime: '5', 'SCHILY.xattr.user.k': 'v' },
  }),
  file('d/fine', 'y', { mtime: SECONDS - 0.5, pax: { mtime: `${SECONDS - 1}.500000001` } }),
];
const config = (old: ConfigFile): ConfigFile => ({
  ...old,
  created: '2024-01-01T00:00:00Z',
  variant: 'v7',
  'os.features': ['f'],
  container: 'abc',
  docker_version: '1',
  author: 'me',
  history: [
    { created: '2019-01-01T00:00:00.5Z', created_by: 'a', author: 'me' },
    { created: '2024-01-01T00:00:00Z', created_by: 'b', empty_layer: true },
  ],
  config: { Hostname: 'host', Cmd: ['/x'] },
});
const image = async (): Promise<Image> =>
  layeredImage([entries], { config, manifest: (manifest) => ({ ...manifest, annotations: { k: 'v' } }) });

async function headers(of: Image): Promise<TarHeader[]> {
  const found: TarHeader[] = [];
  for (const layer of await of.layers()) {
    for await (const { header } of readTar(await layer.uncompressed())) found.push(header);
  }
  return found;
}

describe('time', () => {
  it('sets every time and keeps everything else', async () => {
    const base = await image();
    const before = await base.digest();
    const set = mutate.time(base, T);
    expect((await headers(set)).map(({ mtime }) => mtime)).toEqual([SECONDS, SECONDS, SECONDS]);
    expect((await headers(set))[1]).toMatchObject({
      name: 'd/late',
      pax: { atime: String(SECONDS), ctime: String(SECONDS), 'SCHILY.xattr.user.k': 'v' },
    });
    expect(await set.configFile()).toMatchObject({
      created: '2020-01-02T03:04:05Z',
      variant: 'v7',
      'os.features': ['f'],
      author: 'me',
      config: { Hostname: 'host' },
      history: [
        { created: '2020-01-02T03:04:05Z', created_by: 'a' },
        { created: '2020-01-02T03:04:05Z', empty_layer: true },
      ],
    });
    expect((await set.configFile()).history![0]).not.toHaveProperty('author');
    expect(await set.manifest()).toMatchObject({
      mediaType: types.ociManifestSchema1,
      annotations: { k: 'v' },
      config: { mediaType: types.ociConfigJson },
      layers: [{ mediaType: types.ociLayer }],
    });
    await validate.image(set);
    expect(await base.digest()).toBe(before);
  });

  it('rewriteTimestamps lowers only later times', async () => {
    const clamped = mutate.rewriteTimestamps(await image(), T);
    const [early, late, fine] = await headers(clamped);
    expect(early!.mtime).toBe(SECONDS - 100);
    expect(late).toMatchObject({ mtime: SECONDS, pax: { atime: String(SECONDS), ctime: '5' } });
    expect(fine!.pax.mtime).toBe(`${SECONDS - 1}.500000001`);
    expect(await clamped.configFile()).toMatchObject({
      created: '2020-01-02T03:04:05Z',
      history: [{ created: '2019-01-01T00:00:00.5Z', author: 'me' }, { created: '2020-01-02T03:04:05Z' }],
    });
  });

  it('rewriteTimestamps does not change layers without later times', async () => {
    const later = [file('new', '', { mtime: SECONDS + 1 })];
    const access = [file('seen', '', { mtime: 1, pax: { atime: `${SECONDS + 1}` } })];
    const base = await layeredImage([[file('old', '', { mtime: SECONDS })], later, access]);
    const before = (await base.manifest()).layers.map(({ digest }) => digest);
    const after = (await mutate.rewriteTimestamps(base, T).manifest()).layers.map(({ digest }) => digest);
    expect(after.map((digest, at) => digest === before[at])).toEqual([true, false, false]);
    const all = mutate.rewriteTimestamps(base, new Date(T.getTime() + 10_000));
    expect(await all.digest()).toBe(await base.digest());
  });

  it('M14: rewrites a large layer in constant memory, and opens nothing before a method is called', async () => {
    let opened = 0;
    const size = 768 * 1024 * 1024;
    const header = (await layerTar([file('big', '')])).subarray(0, 512);
    const big = Buffer.from(header);
    big.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    big.fill(' ', 148, 156);
    big.write(
      `${big
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
      'latin1',
    );
    const chunk = Buffer.alloc(1024 * 1024);
    const base = await image();
    const [layer] = await base.layers();
    const large: Image = {
      ...base,
      layers: async () => [
        {
          ...layer!,
          uncompressed: async () => {
            opened += 1;
            return Readable.from(
              (function* () {
                yield big;
                for (let left = size; left > 0; left -= chunk.byteLength) yield chunk;
                yield Buffer.alloc(1024);
              })(),
              { objectMode: false },
            );
          },
        },
      ],
    };
    const set = mutate.time(large, T);
    await set.mediaType();
    expect(opened).toBe(0);
    // Buffers count until they are collected. A layer that is kept in memory would count completely.
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }, 5);
    const { arrayBuffers } = process.memoryUsage();
    const digest = await set.digest();
    clearInterval(watch);
    expect(most - arrayBuffers).toBeLessThan(384 * 1024 * 1024);
    expect(await set.digest()).toBe(digest);
    expect(opened).toBe(1);
  }, 60_000);

  it('does not change blobs that are not layers, and makes foreign layers ordinary layers', async () => {
    const note = statics.newLayer(Buffer.from('{}'), 'application/vnd.in-toto+json');
    const base = mutate.append(await image(), [
      { layer: note },
      {
        layer: (await image().then(async (other) => other.layers()))[0]!,
        mediaType: types.dockerForeignLayer,
        urls: ['https://files.example/x'],
        annotations: { a: 'b' },
      },
    ]);
    const [own, kept, foreign] = (await mutate.time(base, T).manifest()).layers;
    expect(own!.mediaType).toBe(types.ociLayer);
    expect(kept!.digest).toBe(await note.digest());
    expect(foreign).toMatchObject({ mediaType: types.ociLayer, annotations: { a: 'b' } });
    expect(foreign).not.toHaveProperty('urls');
  });
});

describe('canonical', () => {
  it('gives two builds of the same content the same digest', async () => {
    const build = async (at: number, host: string): Promise<Image> => {
      const tar = await layerTar([file('a', '1', { mtime: at }), directory('d', { mtime: at + 1 })]);
      const blobs = [gzipSync(tar)];
      return compressedToImage(
        storedImage({
          tars: [tar],
          blobs,
          config: (old) => ({
            ...old,
            created: new Date(at * 1000).toISOString(),
            container: host,
            docker_version: host,
            config: { Hostname: host, Cmd: ['/x'] },
            history: [{ created: new Date(at * 1000).toISOString(), created_by: 'x', author: host }],
          }),
        }),
      );
    };
    const one = mutate.canonical(await build(1_000_000_000, 'one'));
    const other = mutate.canonical(await build(1_100_000_000, 'other'));
    expect(await one.digest()).toBe(await other.digest());
    expect(await one.configFile()).toMatchObject({
      created: '0001-01-01T00:00:00Z',
      config: { Cmd: ['/x'] },
    });
    expect((await headers(one)).map(({ mtime }) => mtime)).toEqual([0, 0]);
  });

  it('accepts a time, and keeps variant, features, annotations and media types', async () => {
    const set = mutate.canonical(await image(), { time: T });
    expect(await set.configFile()).toMatchObject({
      created: '2020-01-02T03:04:05Z',
      variant: 'v7',
      'os.features': ['f'],
    });
    expect(await set.configFile()).not.toHaveProperty('container');
    expect(await set.configFile()).not.toHaveProperty('docker_version');
    expect((await set.configFile()).config).toEqual({ Cmd: ['/x'] });
    expect(await set.manifest()).toMatchObject({
      annotations: { k: 'v' },
      mediaType: types.ociManifestSchema1,
    });
  });
});
