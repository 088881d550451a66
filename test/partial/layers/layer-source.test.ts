import { appendFile, rename, utimes, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError, SizeMismatchError } from '../../../src/errors/invalid/mismatch.js';
import { FileSystemError } from '../../../src/errors/file-system.js';
import { SourceChangedError } from '../../../src/errors/source-changed.js';
import { layerFromFile, layerFromOpener } from '../../../src/partial/layers/layer-source.js';
import { sha256Bytes } from '../../../src/v1/hash.js';
import { dockerLayer, dockerUncompressedLayer, ociLayer, ociLayerZstd } from '../../../src/v1/types.js';
import {
  expectAbortable,
  expectConsistentLayer,
  expectFreshStreams,
  expectNoLeak,
} from '../../contract/layer-checks.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { zstdOf } from '../../support/archives/zstd-of.js';

const tar = tarOf(['etc/os', 'x'.repeat(5000)], ['bin/app', 'y']);

function counted(bytes: Buffer): { opens: number; opener: () => Readable } {
  const source = {
    opens: 0,
    opener: () => {
      source.opens += 1;
      return Readable.from([bytes], { objectMode: false });
    },
  };
  return source;
}

describe('layerFromOpener', () => {
  it.each([
    { name: 'a plain tar', bytes: tar },
    { name: 'a gzip tar', bytes: gzipSync(tar) },
    { name: 'a zstd tar', bytes: zstdOf(tar) },
  ])('makes a consistent layer of $name', async ({ bytes }) => {
    const layer = layerFromOpener(() => Readable.from([bytes], { objectMode: false }));
    await expectConsistentLayer(layer);
    expect(await layer.diffId()).toBe(sha256Bytes(tar));
    expect(await layer.uncompressedSize!()).toBe(tar.byteLength);
    await expectFreshStreams(async () => layer.compressed());
    await expectFreshStreams(async () => layer.uncompressed());
    await expectNoLeak(async () => layer.compressed());
    await expectNoLeak(async () => layer.uncompressed());
    await expectAbortable(layer);
  });

  it('opens nothing before a method is called, and opens the source once for all derived values', async () => {
    const source = counted(tar);
    const layer = layerFromOpener(source.opener);
    expect(source.opens).toBe(0);
    await Promise.all([layer.digest(), layer.diffId(), layer.size(), layer.uncompressedSize!()]);
    await readAll(await layer.compressed());
    await readAll(await layer.compressed());
    expect(await layer.mediaType()).toBe(dockerLayer);
    expect(source.opens).toBe(1);
  });

  it('keeps compressed content byte for byte', async () => {
    const bytes = gzipSync(tar, { level: 9 });
    const layer = layerFromOpener(() => Readable.from([bytes], { objectMode: false }), {
      compressionLevel: 1,
    });
    expect(Buffer.compare(await readAll(await layer.compressed()), bytes)).toBe(0);
    expect(await layer.digest()).toBe(sha256Bytes(bytes));
  });

  it.each([
    { name: 'a tar', bytes: tar, options: {}, type: dockerLayer },
    {
      name: 'a tar that stays plain',
      bytes: tar,
      options: { compression: 'none' },
      type: dockerUncompressedLayer,
    },
    { name: 'a tar that becomes zstd', bytes: tar, options: { compression: 'zstd' }, type: ociLayerZstd },
    { name: 'gzip', bytes: gzipSync(tar), options: { compression: 'none' }, type: dockerLayer },
    { name: 'zstd', bytes: zstdOf(tar), options: {}, type: ociLayerZstd },
    { name: 'a tar with a type of its own', bytes: tar, options: { mediaType: ociLayer }, type: ociLayer },
  ] as const)('gives $name its media type', async ({ bytes, options, type }) => {
    const layer = layerFromOpener(() => Readable.from([bytes], { objectMode: false }), options);
    expect(await layer.mediaType()).toBe(type);
  });

  it('treats an empty source as an empty tar', async () => {
    const layer = layerFromOpener(() => Readable.from([]));
    expect(await layer.diffId()).toBe(sha256Bytes(Buffer.alloc(0)));
    await expectConsistentLayer(layer);
  });

  it('fails through the stream if the opener returns different bytes the second time', async () => {
    const responses = [tar, tarOf(['etc/os', 'z'.repeat(5000)], ['bin/app', 'y'])];
    const layer = layerFromOpener(() => Readable.from([responses.shift()!], { objectMode: false }));
    await layer.digest();
    const again = async (): Promise<Buffer> => readAll(await layer.uncompressed());
    await expect(again()).rejects.toBeInstanceOf(DigestMismatchError);
    const sizes = [gzipSync(tar), gzipSync(tar).subarray(1)];
    const other = layerFromOpener(() => Readable.from([sizes.shift() ?? tar], { objectMode: false }));
    await other.digest();
    await expect(readAll(await other.compressed())).rejects.toBeInstanceOf(SizeMismatchError);
  });

  it('reports the error of the opener, and tries again at the next call', async () => {
    let calls = 0;
    const layer = layerFromOpener(() => {
      if (calls++ === 0) throw new Error('not yet');
      return Readable.from([tar], { objectMode: false });
    });
    await expect(layer.digest()).rejects.toThrow('not yet');
    expect(await layer.diffId()).toBe(sha256Bytes(tar));
  });

  it('does not wait for an opener that ignores an abort', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const opened = Readable.from([tar], { objectMode: false });
    let response = (_stream: Readable): void => undefined;
    const layer = layerFromOpener(async () => new Promise<Readable>((resolve) => (response = resolve)));
    const options = layer.uncompressed({ signal: controller.signal });
    controller.abort(reason);
    await expect(options).rejects.toBe(reason);
    const closed = new Promise((resolve) => opened.once('close', resolve));
    response(opened);
    await closed;
    expect(opened.destroyed).toBe(true);
  });
});

describe('layerFromFile', () => {
  const dir = useTempDir();

  it.each([
    { name: 'plain', bytes: tar },
    { name: 'gzip', bytes: gzipSync(tar) },
  ])('makes a consistent layer of a $name file', async ({ bytes }) => {
    await writeFile(dir.path('layer'), bytes);
    const layer = layerFromFile(dir.path('layer'));
    await expectConsistentLayer(layer);
    await expectFreshStreams(async () => layer.uncompressed());
    await expectNoLeak(async () => layer.compressed());
    await expectNoLeak(async () => layer.uncompressed());
    await expectAbortable(layer);
  });

  it('fails with the path of a missing file when a method is called, not before', async () => {
    const layer = layerFromFile(dir.path('nothing'));
    const error: unknown = await layer.digest().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FileSystemError);
    expect((error as FileSystemError).systemCode).toBe('ENOENT');
    await expect(layer.compressed()).rejects.toBeInstanceOf(FileSystemError);
    await writeFile(dir.path('nothing'), tar);
    expect(await layer.diffId()).toBe(sha256Bytes(tar));
  });

  it.each([
    {
      name: 'longer',
      change: async (path: string) => appendFile(path, 'more'),
    },
    {
      name: 'touched',
      change: async (path: string) => utimes(path, 1, 1),
    },
    {
      name: 'replaced',
      change: async (path: string) => {
        await writeFile(`${path}.new`, tar);
        await rename(`${path}.new`, path);
      },
    },
  ])('fails if the file is $name between two reads', async ({ change }) => {
    const path = dir.path('layer');
    await writeFile(path, tar);
    const layer = layerFromFile(path);
    await layer.mediaType();
    await change(path);
    await expect(layer.digest()).rejects.toBeInstanceOf(SourceChangedError);
    await expect(layer.uncompressed()).rejects.toBeInstanceOf(SourceChangedError);
  });

  it('fails if the file grows while it is read', async () => {
    const path = dir.path('layer');
    await writeFile(path, Buffer.concat([tar, Buffer.alloc(1024 * 1024)]));
    const stream = await layerFromFile(path).uncompressed();
    const read = async (): Promise<void> => {
      for await (const _chunk of stream) await appendFile(path, 'more');
    };
    await expect(read()).rejects.toBeInstanceOf(SourceChangedError);
  });
});
