import { describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { newLayer } from '../../src/static/index.js';
import { ociLayer } from '../../src/v1/types.js';
import { expectAbortable, expectConsistentLayer, expectFreshStreams } from '../contract/layer-checks.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';

describe('static.newLayer', () => {
  it.each([
    { name: 'text', bytes: Buffer.from('hello') },
    { name: 'nothing', bytes: new Uint8Array() },
  ])('is a consistent layer of $name', async ({ bytes }) => {
    const layer = newLayer(bytes, 'text/plain');
    await expectConsistentLayer(layer);
    await expectFreshStreams(async () => layer.compressed());
    await expectAbortable(layer);
    expect(await layer.mediaType()).toBe('text/plain');
  });

  it('does not decompress compressed bytes', async () => {
    const bytes = gzipSync('x');
    const layer = newLayer(bytes, ociLayer);
    expect(await layer.diffId()).toBe(sha256Of(bytes));
    expect(Buffer.compare(await readAll(await layer.uncompressed()), bytes)).toBe(0);
  });
});
