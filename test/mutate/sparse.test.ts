import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { windowsLayer } from '../../src/crane/changing/windows-layer.js';
import { type TarEntry, readTar } from '../../src/internal/tar/tar.js';
import * as mutate from '../../src/mutate/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import type { Layer } from '../../src/v1/layer.js';
import { dockerLayer } from '../../src/v1/types.js';
import { layerTar } from '../support/archives/layer-tar.js';
import { paxEntry, rawEntry, TRAILER } from '../support/archives/raw-tar.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { sparseFile, version0 } from '../support/archives/sparse-tar.js';
import { storedImage } from '../support/images/stored-image.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const hasTar = spawnSync('tar', ['--version']).stdout.toString().includes('GNU tar');

const KIB = 1024;

/** Sizes below, at and above 256 KiB, up to which a file is read at once. The holes are at different positions. */
const files: Readonly<Record<string, readonly [number, readonly (readonly [number, string])[]]>> = {
  'small-start': [100 * KIB, [[90 * KIB, 'end of a small file']]],
  'small-middle': [
    200 * KIB + 1,
    [
      [0, 'begin'],
      [200 * KIB - 4, '12345'],
    ],
  ],
  'small-holes': [256 * KIB, []],
  'large-start': [2048 * KIB, [[2048 * KIB - 3, 'end']]],
  'large-middle': [
    1024 * KIB,
    [
      [0, 'a'.repeat(5000)],
      [600 * KIB, 'b'.repeat(300)],
      [1024 * KIB - 1, 'c'],
    ],
  ],
  'large-end': [700 * KIB + 13, [[0, 'a beginning']]],
  'large-holes': [3072 * KIB, []],
  many: [
    60 * 64 * KIB,
    Array.from({ length: 60 }, (_, index) => [index * 64 * KIB, `part ${index}`] as const),
  ],
};

const formats: readonly (readonly [string, readonly string[]])[] = [
  ['old GNU', ['--format=gnu']],
  ['PAX 0.0', ['--format=posix', '--sparse-version=0.0']],
  ['PAX 0.1', ['--format=posix', '--sparse-version=0.1']],
  ['PAX 1.0', ['--format=posix', '--sparse-version=1.0']],
];

/**
 * An archive made by GNU tar, and the digests of the files that GNU tar extracts from it. `link` is a hard link to
 * `many`.
 */
function archive(args: readonly string[]): { readonly tar: Buffer; readonly wanted: Record<string, string> } {
  const [src, out, made] = [temp.path('src'), temp.path('gnu'), temp.path('made.tar')];
  mkdirSync(src);
  mkdirSync(out);
  for (const [name, [size, data]] of Object.entries(files)) sparseFile(`${src}/${name}`, size, data);
  execFileSync('ln', [`${src}/many`, `${src}/zlink`]);
  const names = [...Object.keys(files), 'zlink'];
  execFileSync('tar', [...args, '--sparse', '--mtime=@1000', '-cf', made, '-C', src, ...names]);
  execFileSync('tar', ['-xf', made, '-C', out]);
  const tar = readFileSync(made);
  // If this fails, the file system does not keep holes, and the test would not test anything.
  expect(tar.byteLength).toBeLessThan(1_000_000);
  return { tar, wanted: digestsIn(out, names) };
}

function digestsIn(directory: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, sha256Of(readFileSync(`${directory}/${name}`))]));
}

const imageOf = (...tars: readonly Buffer[]): Image => compressedToImage(storedImage({ tars }));

/** The digest of each file of a tar. A link has the digest of its target. */
async function digestsOf(
  tar: Readable,
  read: (entry: TarEntry) => Promise<Buffer> = async (entry) => entry.bytes(),
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of readTar(tar)) {
    const { type, linkName, name } = entry.header;
    found[name] = type === 'link' ? (found[linkName] ?? 'nothing') : sha256Of(await read(entry));
  }
  return found;
}

async function piecesOf(entry: TarEntry): Promise<Buffer> {
  const pieces: Buffer[] = [];
  await entry.pieces((piece) => {
    pieces.push(Buffer.from(piece));
    return undefined;
  });
  return Buffer.concat(pieces);
}

const layerDigests = async (image: Image): Promise<Record<string, string>> => {
  const [layer] = await image.layers();
  return digestsOf(await layer!.uncompressed());
};

(hasTar ? describe : describe.skip)('an image with sparse files of GNU tar', () => {
  it.each(formats)(
    'S1: a sparse file has the content that GNU tar extracts, however it is read, %s',
    async (_name, args) => {
      const { tar, wanted } = archive(args);
      const image = imageOf(tar);
      expect(await digestsOf(Readable.from([tar]))).toEqual(wanted);
      expect(await digestsOf(Readable.from([tar]), piecesOf)).toEqual(wanted);
      expect(await digestsOf(Readable.from([tar]), async ({ body }) => readAll(body))).toEqual(wanted);
      expect(await digestsOf(mutate.extract(image))).toEqual(wanted);
      const { bytes } = await mutate.extractTo(image, temp.path('to'));
      expect(bytes).toBe(Object.values(files).reduce((sum, [size]) => sum + size, 0));
      expect(digestsIn(temp.path('to'), Object.keys(wanted))).toEqual(wanted);
      await mutate.extractLayerTo((await image.layers())[0]!, temp.path('layer'));
      expect(digestsIn(temp.path('layer'), Object.keys(wanted))).toEqual(wanted);
    },
  );

  it.each(formats)(
    'S1: a sparse file keeps its content when its layer is rewritten, %s',
    async (_name, args) => {
      const { tar, wanted } = archive(args);
      const image = imageOf(tar);
      const windows = windowsLayer((await image.layers())[0]!, { mediaType: dockerLayer });
      const forWindows = await digestsOf(await windows.uncompressed(), async (entry) => piecesOf(entry));
      const views = {
        time: mutate.time(image, new Date(5000)),
        canonical: mutate.canonical(image),
        rewriteTimestamps: mutate.rewriteTimestamps(image, new Date(5000)),
        flatten: mutate.flatten(image),
        squash: mutate.squash(imageOf(tar, await layerTar([])), {}),
      };
      for (const [view, changed] of Object.entries(views)) {
        expect([view, await layerDigests(changed)]).toEqual([view, wanted]);
      }
      const { zlink: _link, ...plain } = wanted;
      for (const [name, digest] of Object.entries(plain)) expect(forWindows[`Files/${name}`]).toBe(digest);
    },
  );

  it.each(formats)(
    'S1: a hard link to a hidden sparse file gets the content of the file, in the format %s',
    async (_name, args) => {
      const { tar, wanted } = archive(args);
      const image = imageOf(tar, await layerTar([{ name: '.wh.many' }, { name: 'large-end', body: 'new' }]));
      const { many, 'large-end': _replaced, ...rest } = wanted;
      expect(await digestsOf(mutate.extract(image))).toEqual({
        ...rest,
        zlink: many,
        'large-end': sha256Of(Buffer.from('new')),
      });
    },
  );

  it('S1: a sparse file is read correctly from a layer file, compressed and plain', async () => {
    const { wanted } = archive(formats[3]![1]);
    execFileSync('gzip', ['-k', temp.path('made.tar')]);
    for (const name of ['made.tar', 'made.tar.gz']) {
      const layer = tarball.layerFromFile(temp.path(name));
      await mutate.extractLayerTo(layer, temp.path(`out-${name}`));
      expect(digestsIn(temp.path(`out-${name}`), Object.keys(wanted))).toEqual(wanted);
    }
  });
});

describe('the holes of all sparse files of a layer', () => {
  const holes = (size: number, name: string): Buffer =>
    Buffer.concat([
      paxEntry(
        Object.entries({ size: `${size}`, numblocks: '0', map: '', name }).map(([key, value]) => [
          `GNU.sparse.${key}`,
          value,
        ]),
      ),
      rawEntry({ name }),
    ]);
  const many = (count: number, size: number): Buffer =>
    Buffer.concat([...Array.from({ length: count }, (_, at) => holes(size, `f${at}`)), TRAILER]);

  it('S2: count together against the ratio, so that many small files are capped like a large one', async () => {
    const strict = (tar: Buffer): Layer =>
      tarball.layerFromOpener(() => Readable.from([tar]), { maxRatio: 1000 });
    const image = mutate.appendLayers(imageOf(), [strict(many(4, 10_240 * KIB))]);
    await expect(readAll(mutate.extract(image))).rejects.toMatchObject({ option: 'maxRatio' });
    await expect(mutate.extractTo(image, temp.path('to'))).rejects.toMatchObject({ option: 'maxRatio' });
    await expect(mutate.flatten(image).digest()).rejects.toMatchObject({ option: 'maxRatio' });
    // The ratio is not checked below 16 MiB.
    const allowed = mutate.appendLayers(imageOf(), [strict(many(1600, 10 * KIB))]);
    expect(await digestsOf(mutate.extract(allowed))).toHaveProperty('f1599');
  });

  it('S2: may exceed the default ratio if the options of the layer allow it', async () => {
    const tar = many(4, 10_240 * KIB);
    const open = (): Readable => Readable.from([tar]);
    const free = tarball.layerFromOpener(open, { maxRatio: Infinity });
    const image = mutate.appendLayers(imageOf(), [free]);
    expect((await readAll(mutate.extract(image))).byteLength).toBeGreaterThan(40 * 1024 * KIB);
    const capped = tarball.layerFromOpener(open, { maxRatio: Infinity, maxBytes: 30 * 1024 * KIB });
    const other = mutate.appendLayers(imageOf(), [capped]);
    await expect(readAll(mutate.extract(other))).rejects.toMatchObject({ option: 'maxBytes' });
  });

  it('S2: count against the cap on the size of the output', async () => {
    const stored = Buffer.concat([version0({ size: '1000000', numblocks: '1', map: '0,1' }, 'x'), TRAILER]);
    const image = imageOf(stored, many(5, 1024 * KIB));
    const maxBytes = 3 * 1024 * KIB;
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of mutate.extract(image, { maxBytes })) seen += (chunk as Buffer).byteLength;
    })();
    await expect(reading).rejects.toMatchObject({ option: 'maxBytes' });
    expect(seen).toBeLessThanOrEqual(maxBytes);
    await expect(mutate.flatten(image, { maxBytes }).digest()).rejects.toMatchObject({ option: 'maxBytes' });
    await expect(mutate.squash(image, { maxBytes }).digest()).rejects.toMatchObject({ option: 'maxBytes' });
  });
});
