import { Readable, Transform } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { UploadSource } from '../../src/remote/upload/source.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { noise } from '../support/tools/noise.js';
import { readAll } from '../support/tools/read-all.js';

const content = noise(100_000);
const blob = { digest: sha256Bytes(content), size: content.length };

describe('the source of an upload', () => {
  it('U5: is not reported as failed if the connection breaks while the layer is slow', async () => {
    let opened = 0;
    let waiting = (): void => undefined;
    const slow = new Promise<void>((resolve) => (waiting = resolve));
    const layer = {
      compressed: async () => {
        opened += 1;
        if (opened > 1) return Readable.from([content], { objectMode: false });
        const silent = new Transform({ read: waiting });
        return silent;
      },
    };
    const source = new UploadSource(layer, blob, () => undefined);
    const piece = await source.open(0, blob.size, {});
    piece.on('error', () => undefined);
    piece.read();
    await slow;
    await new Promise((resolve) => piece.destroy(new Error('broken')).once('close', resolve));
    await new Promise(setImmediate);
    expect(source.failure).toBeUndefined();
    expect((await readAll(await source.open(0, blob.size, {}))).equals(content)).toBe(true);
    source.destroy();
  });
});
