import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { image, newFilesystemCache } from '../../src/cache/index.js';
import { BadDigestError } from '../../src/errors/invalid/digest.js';
import type { ContainerError } from '../../src/errors/base.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { layerFromOpener } from '../../src/partial/layers/layer-source.js';
import * as random from '../../src/random/index.js';
import type { Hash } from '../../src/v1/hash.js';
import type { Layer } from '../../src/v1/layer.js';
import { dockerLayer, dockerUncompressedLayer } from '../../src/v1/types.js';
import { firstLayer, useCacheFolder } from '../support/images/cached-image.js';
import { outcomeOf, startProgram } from '../support/programs/child.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const directory = useCacheFolder();
const dir = useTempDir();

const tar = tarOf(['file', 'content']);
const packed = gzipSync(tar);
const layerOf = (bytes: Buffer): Layer =>
  layerFromOpener(() => Readable.from([bytes], { objectMode: false }));
const put = async (layer: Layer): Promise<Layer> => directory.cache().put(layer);
const equal = async (stream: Promise<Readable>, bytes: Buffer): Promise<void> => {
  expect(Buffer.compare(await readAll(await stream), bytes)).toBe(0);
};

describe('cache.newFilesystemCache', () => {
  it('has one file for each digest, with the name that go-containerregistry gives it', async () => {
    const layer = await put(layerOf(packed));
    await equal(layer.compressed(), packed);
    await equal(layer.uncompressed(), tar);
    const between = process.platform === 'win32' ? '-' : ':';
    const names = [packed, tar].map((bytes) => sha256Of(bytes).replace(':', between));
    expect(directory.entries()).toEqual(names.sort());
    await equal(Promise.resolve(Readable.from([await readFile(directory.fileOf(sha256Of(packed)))])), packed);
  });

  it('returns an entry under its digest or its diff ID, in the form in which it is stored', async () => {
    const layer = await put(layerOf(packed));
    await readAll(await layer.compressed());
    await readAll(await layer.uncompressed());
    const stored = await directory.cache().get(await layer.digest());
    expect([await stored.digest(), await stored.diffId()]).toEqual([sha256Of(packed), sha256Of(tar)]);
    expect([await stored.size(), await stored.mediaType()]).toEqual([packed.byteLength, dockerLayer]);
    await equal(stored.uncompressed(), tar);
    const plain = await directory.cache().get(await layer.diffId());
    expect([await plain.digest(), await plain.size()]).toEqual([sha256Of(tar), tar.byteLength]);
    expect(await plain.mediaType()).toBe(dockerUncompressedLayer);
    await equal(plain.compressed(), tar);
  });

  it('reports a layer that it does not have, even if the directory does not exist', async () => {
    const { digest } = await firstLayer(directory.cache());
    await expect(directory.cache().get(digest)).rejects.toBeInstanceOf(NotFoundError);
    await expect(directory.cache().delete(digest)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('deletes a layer', async () => {
    const layer = await put(layerOf(packed));
    await readAll(await layer.compressed());
    await directory.cache().delete(await layer.digest());
    expect(directory.entries()).toEqual([]);
  });

  it('removes only incomplete files that are older than a day', async () => {
    await mkdir(directory.path);
    const names = [`.sha256:aa.${'0'.repeat(16)}.tmp`, `.sha256:bb.${'1'.repeat(16)}.tmp`, 'notes.tmp'];
    for (const name of names) await writeFile(path.join(directory.path, name), 'half');
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    for (const name of [names[0]!, names[2]!]) {
      await utimes(path.join(directory.path, name), yesterday, yesterday);
    }
    await readAll(await (await put(layerOf(packed))).compressed());
    expect(directory.entries()).toEqual([names[1], 'notes.tmp', sha256Of(packed)].sort());
  });

  it('creates its directory again if that was deleted', async () => {
    const errors: ContainerError[] = [];
    const cache = newFilesystemCache(directory.path, { onError: (error) => errors.push(error) });
    const { layer, bytes } = await firstLayer(cache);
    await equal(layer.compressed(), bytes);
    await rm(directory.path, { recursive: true });
    await equal(layer.compressed(), bytes);
    expect(errors).toEqual([]);
    expect(directory.entries()).toEqual([sha256Of(bytes)]);
  });

  it('accepts only a digest as a name', async () => {
    // A caller without types may pass any text.
    const outside = '../../outside' as Hash;
    await expect(directory.cache().get(outside)).rejects.toBeInstanceOf(BadDigestError);
    await expect(directory.cache().delete(outside)).rejects.toBeInstanceOf(BadDigestError);
  });

  it.each([
    { name: 'a link', make: async (file: string) => symlink(dir.path('elsewhere'), file) },
    { name: 'a link to nothing', make: async (file: string) => symlink(dir.path('nothing'), file) },
    { name: 'a pipe', make: async (file: string) => void execFileSync('mkfifo', [file]) },
  ])('reads the source if $name has the name of an entry, and replaces it with a file', async ({ make }) => {
    const errors: ContainerError[] = [];
    const cache = newFilesystemCache(directory.path, { onError: (error) => errors.push(error) });
    const { layer, bytes, digest } = await firstLayer(cache);
    await mkdir(directory.path);
    await writeFile(dir.path('elsewhere'), bytes);
    await make(directory.fileOf(digest));
    await equal(layer.compressed(), bytes);
    expect(errors).toMatchObject([{ code: 'UNSAFE_PATH' }]);
    await unlink(dir.path('elsewhere'));
    await equal(layer.compressed(), bytes);
    expect(errors).toHaveLength(1);
  });

  it('reads the source if a directory has the name of an entry', async () => {
    const errors: ContainerError[] = [];
    const cache = newFilesystemCache(directory.path, { onError: (error) => errors.push(error) });
    const { layer, bytes, digest } = await firstLayer(cache);
    await mkdir(directory.fileOf(digest), { recursive: true });
    await equal(layer.compressed(), bytes);
    await equal(layer.compressed(), bytes);
    expect(errors.map(({ code }) => code)).toEqual(['UNSAFE_PATH', 'FILE_SYSTEM', 'UNSAFE_PATH']);
    expect(directory.entries()).toEqual([digest]);
  });

  it('reports once that it cannot write, and does not fail the read', async () => {
    const errors: ContainerError[] = [];
    await writeFile(dir.path('file'), '');
    const cache = newFilesystemCache(dir.path('file', 'layers'), { onError: (error) => errors.push(error) });
    for (const layer of await image(random.image(1000, 3, { seed: 'unwritten' }), cache).layers()) {
      expect(sha256Of(await readAll(await layer.compressed()))).toBe(await layer.digest());
    }
    expect(errors).toMatchObject([{ code: 'FILE_SYSTEM', systemCode: 'ENOTDIR' }]);
  });

  it('passes a layer on to its end if the disk is full, and leaves no incomplete file', async () => {
    const program = `
      import { image, newFilesystemCache } from 'ROOT/src/cache/index.ts';
      import * as random from 'ROOT/src/random/index.ts';
      import { sha256 } from 'ROOT/src/v1/hash.ts';
      process.on('SIGXFSZ', () => undefined);
      const errors = [];
      const cache = newFilesystemCache(process.argv[2], { onError: ({ systemCode }) => errors.push(systemCode) });
      for (const layer of await image(random.image(300_000, 2, { seed: 'large' }), cache).layers()) {
        const { hash } = await sha256(await layer.compressed());
        if (hash !== (await layer.digest())) throw new Error('other bytes');
      }
      console.log(errors.join());`;
    const outcome = await outcomeOf(startProgram(dir.path(), program, [directory.path], { fileBlocks: 100 }));
    expect(outcome).toMatchObject({ code: 0, stdout: 'EFBIG\n' });
    expect(directory.entries()).toEqual([]);
  });

  it('allows two readers to fill one entry at the same time', async () => {
    const { layer, digest, bytes } = await firstLayer(directory.cache());
    const both = await Promise.all([layer.compressed(), layer.compressed()]);
    await Promise.all(both.map(async (stream) => equal(Promise.resolve(stream), bytes)));
    expect(directory.entries()).toEqual([digest]);
  });

  it('allows many processes to fill one directory at the same time', async () => {
    const program = `
      import { image, newFilesystemCache } from 'ROOT/src/cache/index.ts';
      import * as random from 'ROOT/src/random/index.ts';
      import { sha256 } from 'ROOT/src/v1/hash.ts';
      const cached = image(random.image(500_000, 3, { seed: 'shared' }), newFilesystemCache(process.argv[2]));
      const layers = await cached.layers();
      const hashes = await Promise.all(layers.map(async (layer) => (await sha256(await layer.compressed())).hash));
      console.log(hashes.join());`;
    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        await mkdir(dir.path(name));
        return outcomeOf(startProgram(dir.path(name), program, [directory.path]));
      }),
    );
    const layers = await random.image(500_000, 3, { seed: 'shared' }).layers();
    const digests = await Promise.all(layers.map(async (layer) => layer.digest()));
    for (const { stdout } of outcomes) expect(stdout.trim()).toBe(digests.join());
    expect(directory.entries()).toEqual([...digests].sort());
    for (const digest of digests) expect(sha256Of(await readFile(directory.fileOf(digest)))).toBe(digest);
  });
});
