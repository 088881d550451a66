import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError } from '../../../src/errors/invalid/mismatch.js';
import type { UncompressedLayer } from '../../../src/partial/layers/cores.js';
import { uncompressedToLayer } from '../../../src/partial/layers/uncompressed-layer.js';
import * as random from '../../../src/random/index.js';
import { sha256Bytes } from '../../../src/v1/hash.js';
import { dockerLayer, dockerUncompressedLayer } from '../../../src/v1/types.js';
import { expectConsistentLayer, expectFreshStreams, expectNoLeak } from '../../contract/layer-checks.js';
import { eventually, openDescriptors } from '../../support/tools/open-handles.js';
import { readAll } from '../../support/tools/read-all.js';
import { someHash } from '../../support/images/stored-image.js';
import { tarOf } from '../../support/archives/tar-of.js';

const tar = tarOf(['file', 'content'.repeat(1000)]);

function core(bytes: Buffer = tar): UncompressedLayer & { reads: number } {
  return {
    reads: 0,
    async uncompressed() {
      this.reads += 1;
      return Readable.from([bytes], { objectMode: false });
    },
  };
}

describe('uncompressedToLayer', () => {
  it('compresses once, however often digest, size and bytes are read', async () => {
    const source = core();
    const layer = uncompressedToLayer(source);
    const [digest, size] = await Promise.all([
      layer.digest(),
      layer.size(),
      layer.diffId(),
      layer.compressed(),
    ]);
    const [first, second] = [
      await readAll(await layer.compressed()),
      await readAll(await layer.compressed()),
    ];
    expect(Buffer.compare(first, second)).toBe(0);
    expect([sha256Bytes(first), first.byteLength]).toEqual([digest, size]);
    expect(Buffer.compare(gunzipSync(first), tar)).toBe(0);
    expect(source.reads).toBe(1);
  });

  it('reads nothing before a method is called', () => {
    const source = core();
    uncompressedToLayer(source);
    expect(source.reads).toBe(0);
  });

  it.each([
    { compression: 'gzip' },
    { compression: 'none' },
    { compression: 'gzip', compressionLevel: 9 },
  ] as const)('is consistent with $compression', async (options) => {
    const layer = uncompressedToLayer(core(), options);
    await expectConsistentLayer(layer);
    await expectFreshStreams(async () => layer.compressed());
    await expectNoLeak(async () => layer.compressed());
    await expectNoLeak(async () => layer.uncompressed());
  });

  it('stores the tar itself with compression `none`', async () => {
    const layer = uncompressedToLayer(core(), { compression: 'none' });
    expect(await layer.digest()).toBe(await layer.diffId());
    expect(await layer.mediaType()).toBe(dockerUncompressedLayer);
  });

  it('reads nothing for the digest of an uncompressed tar if its diff ID and size are known', async () => {
    const source = {
      ...core(),
      diffId: async () => sha256Bytes(tar),
      uncompressedSize: async () => tar.byteLength,
    };
    const layer = uncompressedToLayer(source, { compression: 'none' });
    expect([await layer.digest(), await layer.size()]).toEqual([sha256Bytes(tar), tar.byteLength]);
    expect(source.reads).toBe(0);
    await expectConsistentLayer(layer);
  });

  it('keeps the media type of its source', async () => {
    const layer = uncompressedToLayer({ ...core(), mediaType: async () => 'application/x' });
    expect(await layer.mediaType()).toBe('application/x');
    expect(await uncompressedToLayer(core()).mediaType()).toBe(dockerLayer);
  });

  it('L25: fails if the tar does not have its diff ID', async () => {
    const layer = uncompressedToLayer({ ...core(), diffId: async () => someHash('1') });
    await expect(layer.digest()).rejects.toBeInstanceOf(DigestMismatchError);
    await expect(readAll(await layer.uncompressed())).rejects.toBeInstanceOf(DigestMismatchError);
    await expect(layer.compressed()).rejects.toBeInstanceOf(DigestMismatchError);
    const plain = uncompressedToLayer(
      { ...core(), diffId: async () => someHash('1') },
      { compression: 'none' },
    );
    await expect(plain.digest()).rejects.toBeInstanceOf(DigestMismatchError);
  });

  it('knows its diff ID without reading if the source knows it', async () => {
    const source = { ...core(), diffId: async () => sha256Bytes(tar) };
    expect(await uncompressedToLayer(source).diffId()).toBe(sha256Bytes(tar));
    expect(source.reads).toBe(0);
  });

  it('tries again after a failure', async () => {
    let calls = 0;
    const layer = uncompressedToLayer({
      uncompressed: async () => (calls++ === 0 ? Promise.reject(new Error('busy')) : core().uncompressed()),
    });
    await expect(layer.digest()).rejects.toThrow('busy');
    expect(await layer.diffId()).toBe(sha256Bytes(tar));
  });

  it('T19: stops compressing and removes its temporary file when all waiting callers have aborted', async () => {
    const before = openDescriptors();
    const controller = new AbortController();
    const reason = new Error('enough');
    const source = random.layer(2 ** 40, undefined, { seed: 1 });
    const chunks: number[] = [];
    const layer = uncompressedToLayer({
      uncompressed: async (options) => {
        const tarStream = await source.uncompressed(options);
        // More than the spool keeps in memory.
        tarStream.on('data', (chunk: Buffer) => {
          if (chunks.push(chunk.byteLength) === 64) controller.abort(reason);
        });
        tarStream.pause();
        return tarStream;
      },
    });
    await expect(layer.digest({ signal: controller.signal })).rejects.toBe(reason);
    expect(await eventually(() => openDescriptors() <= before)).toBe(true);
  });

  it('returns a core that is a full layer unchanged', () => {
    const layer = uncompressedToLayer(core());
    expect(uncompressedToLayer(layer)).toBe(layer);
  });
});
