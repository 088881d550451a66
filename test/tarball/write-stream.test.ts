import { writeFile } from 'node:fs/promises';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { newTag } from '../../src/name/tag.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { image as randomImage } from '../../src/random/image.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { withChangedLayer } from '../support/images/with-changed-layer.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const v1 = newTag('example.com/app:v1');
const stored = (): Image => compressedToImage(storedImage());

describe('write to a stream', () => {
  it('waits for a slow reader', async () => {
    const image = randomImage(2_000_000, 2, { seed: 'slow' });
    const stream = new PassThrough({ highWaterMark: 1000 });
    let most = 0;
    const reading = (async () => {
      let size = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        most = Math.max(most, stream.writableLength);
        size += chunk.byteLength;
      }
      return size;
    })();
    await tarball.write(v1, image, stream);
    stream.end();
    expect(await reading).toBe(await tarball.calculateSize([[v1, image]]));
    expect(most).toBeLessThan(1_000_000);
  });

  it('reads small layers before their turn, at most `jobs` at a time', async () => {
    const layers = await randomImage(1000, 9, { seed: 'ahead' }).layers();
    let open = 0;
    let most = 0;
    const image = {
      ...randomImage(1000, 9, { seed: 'ahead' }),
      layers: async () =>
        layers.map((layer) => ({
          ...layer,
          compressed: async () => {
            open += 1;
            most = Math.max(most, open);
            await new Promise((resolve) => setImmediate(resolve));
            const stream = await layer.compressed();
            stream.once('close', () => (open -= 1));
            return stream;
          },
        })),
    };
    const stream = new PassThrough();
    const reading = readAll(stream);
    await tarball.write(v1, image, stream, { jobs: 3 });
    stream.end();
    await writeFile(dir.path('app.tar'), await reading);
    expect(await (await tarball.imageFromPath(dir.path('app.tar'))).digest()).toBe(await image.digest());
    expect(most).toBe(3);
  });

  it('fails and destroys its sources if the reader closes the stream', async () => {
    const sources: Readable[] = [];
    const image = await withChangedLayer(stored(), 0, () => ({
      compressed: async () => {
        const source = new Readable({ read: () => undefined });
        sources.push(source);
        return source;
      },
    }));
    const stream = new PassThrough();
    const writing = tarball.write(v1, image, stream);
    setImmediate(() => stream.destroy(new Error('gone')));
    await expect(writing).rejects.toThrow('gone');
    expect(sources.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('destroys the writable after a failure, so that a part is not taken for a complete archive', async () => {
    const image = await withChangedLayer(stored(), 0, () => ({
      compressed: async () => Promise.reject(new Error('no')),
    }));
    const stream = new PassThrough();
    stream.resume();
    await expect(tarball.write(v1, image, stream)).rejects.toThrow('no');
    expect(stream.destroyed).toBe(true);
  });

  it('does not end the writable', async () => {
    const stream = new PassThrough();
    const reading = readAll(stream);
    await tarball.write(v1, stored(), stream);
    expect(stream.writableEnded).toBe(false);
    stream.end('more');
    expect((await reading).subarray(-4).toString()).toBe('more');
  });

  it('refuses an archive without an image', async () => {
    await expect(tarball.multiWrite([], new PassThrough())).rejects.toThrow(TypeError);
  });
});

describe('computeManifest', () => {
  it('lists the descriptors of layers that may not be distributed, by diff ID', async () => {
    const tar = tarOf(['windows', 'base']);
    const image = compressedToImage(
      storedImage({
        tars: [tar],
        manifest: (manifest) => ({
          ...manifest,
          layers: manifest.layers.map((layer) => ({
            ...layer,
            mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
            urls: ['https://layers.example/a?b=1&c=2'],
          })),
        }),
      }),
    );
    const [entry] = await tarball.computeManifest([[v1, image]]);
    expect(Object.keys(entry?.LayerSources ?? {})).toEqual([sha256Of(tar)]);
    expect(entry?.LayerSources?.[sha256Of(tar)]).toMatchObject({ digest: sha256Of(gzipSync(tar)) });
    await tarball.writeToFile(dir.path('app.tar'), v1, image);
    const read = await tarball.imageFromPath(dir.path('app.tar'));
    expect((await read.manifest()).layers).toEqual((await image.manifest()).layers);
    const [layer] = await read.layers();
    expect(await readAll(await layer!.uncompressed())).toEqual(tar);
  });
});
