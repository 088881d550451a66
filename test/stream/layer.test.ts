import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { decompressed } from '../../src/internal/compress/compression.js';
import { NotComputedError, StreamConsumedError } from '../../src/errors/stream-state.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import { exists, uncompressedSize } from '../../src/partial/capabilities.js';
import * as random from '../../src/random/index.js';
import { newLayer } from '../../src/stream/index.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { dockerLayer, dockerUncompressedLayer, ociLayer, ociLayerZstd } from '../../src/v1/types.js';
import { measure, readAll } from '../support/tools/read-all.js';
import { tarOf } from '../support/archives/tar-of.js';
import { zstdOf } from '../support/archives/zstd-of.js';

const zstdWrites = 'createZstdCompress' in zlib;
const tar = tarOf(['file', 'content'.repeat(100_000)]);
const once = (bytes: Buffer): Readable => Readable.from([bytes], { objectMode: false });

describe('stream.newLayer', () => {
  it('knows its digests and sizes after it was read to its end', async () => {
    const layer = newLayer(once(tar));
    const stored = await readAll(await layer.compressed());
    expect(Buffer.compare(gunzipSync(stored), tar)).toBe(0);
    expect([await layer.digest(), await layer.size()]).toEqual([sha256Bytes(stored), stored.byteLength]);
    expect([await layer.diffId(), await layer.uncompressedSize!()]).toEqual([
      sha256Bytes(tar),
      tar.byteLength,
    ]);
  });

  it('does not know its digests and sizes before, and reads nothing for them', async () => {
    const source = once(tar);
    const layer = newLayer(source);
    const options = [layer.digest(), layer.diffId(), layer.size(), uncompressedSize(layer)];
    for (const { status, ...rest } of await Promise.allSettled<unknown>(options)) {
      expect(status).toBe('rejected');
      expect(rest).toEqual({ reason: expect.any(NotComputedError) });
    }
    expect(await exists(layer)).toBe(true);
    expect(source.readableDidRead).toBe(false);
  });

  it('can be read once', async () => {
    const layer = newLayer(once(tar));
    const stream = await layer.compressed();
    await expect(layer.compressed()).rejects.toBeInstanceOf(StreamConsumedError);
    await readAll(stream);
    await expect(layer.compressed()).rejects.toBeInstanceOf(StreamConsumedError);
    await expect(layer.uncompressed()).rejects.toBeInstanceOf(UnsupportedError);
  });

  it('keeps compressed content as it is', async () => {
    const bytes = gzipSync(tar, { level: 9 });
    const layer = newLayer(once(bytes));
    expect(Buffer.compare(await readAll(await layer.compressed()), bytes)).toBe(0);
    expect([await layer.digest(), await layer.diffId()]).toEqual([sha256Bytes(bytes), sha256Bytes(tar)]);
    expect(await layer.uncompressedSize!()).toBe(tar.byteLength);
  });

  it('passes on compressed bytes whose content is far larger than the buffers', async () => {
    const source = random.layer(8_000_000, undefined, { seed: 1 });
    const layer = newLayer(await source.compressed());
    expect(await measure(await layer.compressed())).toEqual({
      digest: await source.digest(),
      size: await source.size(),
    });
    expect(await layer.diffId()).toBe(await source.diffId());
  });

  it('fails, and knows no digests, if compressed bytes are damaged', async () => {
    const layer = newLayer(once(gzipSync(tar).subarray(0, 100)));
    await expect((async () => readAll(await layer.compressed()))()).rejects.toThrow();
    await expect(layer.digest()).rejects.toBeInstanceOf(NotComputedError);
  });

  it('destroys the source together with its own stream, and then knows no digests', async () => {
    const source = once(tar);
    const layer = newLayer(source);
    for await (const _chunk of await layer.compressed()) break;
    expect(source.destroyed).toBe(true);
    await expect(layer.digest()).rejects.toBeInstanceOf(NotComputedError);
    expect(await exists(layer)).toBe(false);
  });

  it('fails with the error of its source', async () => {
    const source = new Readable({ read: () => undefined });
    const layer = newLayer(source);
    const reading = (async () => readAll(await layer.compressed()))();
    source.destroy(new Error('pipe closed'));
    await expect(reading).rejects.toThrow('pipe closed');
  });

  it('destroys the stream when its signal aborts', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const source = new Readable({ read: () => undefined });
    source.push(Buffer.alloc(1024));
    const layer = newLayer(source);
    const reading = (async () => readAll(await layer.compressed({ signal: controller.signal })))();
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(source.destroyed).toBe(true);
  });

  it('has the media type of its compression, or the one that was given', async () => {
    expect(await newLayer(once(tar)).mediaType()).toBe(dockerLayer);
    expect(await newLayer(once(tar), { compression: 'zstd' }).mediaType()).toBe(ociLayerZstd);
    expect(await newLayer(once(tar), { mediaType: ociLayer }).mediaType()).toBe(ociLayer);
    expect(await newLayer(once(tar), { compression: 'none' }).mediaType()).toBe(dockerUncompressedLayer);
  });

  it.each([
    { name: 'gzip', bytes: gzipSync(tar), type: dockerLayer },
    { name: 'zstd', bytes: zstdOf(tar), type: ociLayerZstd },
  ])(
    'has the media type of $name for content in $name, whatever compression a tar would get',
    async ({ bytes, type }) => {
      for (const compression of ['gzip', 'zstd', 'none'] as const) {
        const layer = newLayer(once(bytes), { compression });
        expect(await layer.mediaType()).toBe(type);
        expect(Buffer.compare(await readAll(await layer.compressed()), bytes)).toBe(0);
        expect([await layer.digest(), await layer.diffId()]).toEqual([sha256Bytes(bytes), sha256Bytes(tar)]);
        expect(await layer.mediaType()).toBe(type);
      }
    },
  );

  it('keeps the tar as it is with compression `none`', async () => {
    const layer = newLayer(once(tar), { compression: 'none' });
    expect(Buffer.compare(await readAll(await layer.compressed()), tar)).toBe(0);
    expect([await layer.digest(), await layer.diffId()]).toEqual([sha256Bytes(tar), sha256Bytes(tar)]);
  });

  (zstdWrites ? it : it.skip)('is compressed with zstd, where Node can', async () => {
    const layer = newLayer(once(tar), { compression: 'zstd', compressionLevel: 3 });
    const stored = await readAll(await layer.compressed());
    expect(Buffer.compare(await readAll(await decompressed(once(stored))), tar)).toBe(0);
    expect(stored.readUInt32LE(0)).toBe(0xfd2fb528);
    expect(stored.byteLength).toBeLessThan(tar.byteLength / 10);
    expect([await layer.digest(), await layer.diffId()]).toEqual([sha256Bytes(stored), sha256Bytes(tar)]);
  });

  it('caps the content of a compressed stream, and names the option in the error', async () => {
    const layer = newLayer(once(gzipSync(tar)), { maxBytes: 1000 });
    await expect((async () => readAll(await layer.compressed()))()).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      hint: expect.stringContaining('maxBytes'),
    });
    await expect(layer.digest()).rejects.toBeInstanceOf(NotComputedError);
  });

  it('can be read after a call of `mediaType` was aborted', async () => {
    const source = new Readable({ read: () => undefined });
    const layer = newLayer(source);
    const controller = new AbortController();
    const reason = new Error('never mind');
    const looking = layer.mediaType({ signal: controller.signal });
    controller.abort(reason);
    await expect(looking).rejects.toBe(reason);
    source.push(tar);
    source.push(null);
    await readAll(await layer.compressed());
    expect(await layer.diffId()).toBe(sha256Bytes(tar));
  });
});
