import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { compressedToLayer } from '../../../src/partial/layers/compressed-layer.js';
import type { CompressedLayer } from '../../../src/partial/layers/cores.js';
import { sha256Bytes } from '../../../src/v1/hash.js';
import { ociLayer } from '../../../src/v1/types.js';
import { expectConsistentLayer, expectFreshStreams, expectNoLeak } from '../../contract/layer-checks.js';
import { readAll } from '../../support/tools/read-all.js';
import { someHash } from '../../support/images/stored-image.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { zstdOf } from '../../support/archives/zstd-of.js';

const tar = tarOf(['file', 'content']);

function core(bytes: Buffer): CompressedLayer & { reads: number } {
  return {
    reads: 0,
    digest: async () => sha256Bytes(bytes),
    size: async () => bytes.byteLength,
    mediaType: async () => ociLayer,
    async compressed() {
      this.reads += 1;
      return Readable.from([bytes], { objectMode: false });
    },
  };
}

describe('compressedToLayer', () => {
  it.each([
    { name: 'gzip', bytes: gzipSync(tar) },
    { name: 'zstd', bytes: zstdOf(tar) },
    { name: 'a plain tar', bytes: tar },
  ])('L23: detects the compression of $name from the bytes, not from the media type', async ({ bytes }) => {
    const layer = compressedToLayer(core(bytes));
    expect(Buffer.compare(await readAll(await layer.uncompressed()), tar)).toBe(0);
    await expectConsistentLayer(layer);
    await expectFreshStreams(async () => layer.uncompressed());
    await expectNoLeak(async () => layer.uncompressed());
  });

  it('reads the layer once for a diff ID that the source does not know', async () => {
    const source = core(gzipSync(tar));
    const layer = compressedToLayer(source);
    expect(await Promise.all([layer.diffId(), layer.diffId()])).toEqual([sha256Bytes(tar), sha256Bytes(tar)]);
    await layer.diffId();
    expect(source.reads).toBe(1);
  });

  it('uses the diff ID of a source that knows it', async () => {
    const source = core(gzipSync(tar));
    const layer = compressedToLayer({ ...source, diffId: async () => someHash('7') });
    expect(await layer.diffId()).toBe(someHash('7'));
    expect(source.reads).toBe(0);
  });

  it('has the optional methods of its source, and only those', async () => {
    expect(Object.keys(compressedToLayer(core(tar))).sort()).toEqual([
      'compressed',
      'diffId',
      'digest',
      'mediaType',
      'size',
      'uncompressed',
    ]);
    const mountable = compressedToLayer({
      ...core(tar),
      mountFrom: () => ({ registry: 'reg.example', repository: 'app' }),
    });
    expect(mountable.mountFrom!()).toEqual({ registry: 'reg.example', repository: 'app' });
  });

  it('L24: stops a tar that exceeds the decompression ratio, which an option can raise', async () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024), { level: 9 });
    const error: unknown = await compressedToLayer(core(bomb), { maxRatio: 1000 })
      .diffId()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect((error as LimitExceededError).option).toBe('maxRatio');
    expect(await compressedToLayer(core(bomb)).diffId()).toMatch(/^sha256:/);
    const capped = compressedToLayer(core(bomb), { maxRatio: 2000, maxBytes: 1024 * 1024 });
    await expect(capped.diffId()).rejects.toMatchObject({ option: 'maxBytes' });
  });

  it('returns a core that is a full layer unchanged', () => {
    const layer = compressedToLayer(core(tar));
    expect(compressedToLayer(layer)).toBe(layer);
  });

  it("fails with the error of the source's stream", async () => {
    const layer = compressedToLayer({
      ...core(tar),
      compressed: async () =>
        Readable.from(
          (async function* () {
            yield gzipSync(tar).subarray(0, 20);
            throw new Error('connection reset');
          })(),
          { objectMode: false },
        ),
    });
    await expect(layer.diffId()).rejects.toThrow('connection reset');
  });
});
