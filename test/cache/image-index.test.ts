import { describe, expect, it } from '@jest/globals';
import { imageIndex } from '../../src/cache/index.js';
import * as empty from '../../src/empty/index.js';
import { appendManifests } from '../../src/mutate/views/index-children.js';
import { parseReference } from '../../src/name/parse-reference.js';
import * as random from '../../src/random/index.js';
import { get } from '../../src/remote/get.js';
import { writeIndex } from '../../src/remote/push.js';
import type { Image } from '../../src/v1/image.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { requestsOf } from '../support/servers/request-list.js';
import { useCacheFolder, usePushedImage } from '../support/images/cached-image.js';

const directory = useCacheFolder();
const pushed = usePushedImage();

const readLayers = async (cached: Image): Promise<string[]> =>
  Promise.all(
    (await cached.layers()).map(async (layer) => sha256Of(await readAll(await layer.compressed()))),
  );

describe('cache.imageIndex', () => {
  it('reads the images of an index and of its nested index through the cache', async () => {
    const { registry } = await pushed();
    const reference = parseReference(`${registry.host}/app:v1`);
    const outer = appendManifests(
      empty.index,
      [random.image(1000, 2, { seed: 'outer' }), random.index(1000, 1, 2, { seed: 'inner' })].map((add) => ({
        add,
      })),
    );
    await writeIndex(reference, outer);
    const pull = async (): Promise<void> => {
      const cached = imageIndex(await (await get(reference)).imageIndex(), directory.cache());
      const child = await cached.imageIndex((await cached.indexManifest()).manifests[1]!.digest);
      for (const { digest } of (await child.indexManifest()).manifests)
        await readLayers(await child.image(digest));
      await readLayers(await cached.image((await cached.indexManifest()).manifests[0]!.digest));
    };
    await pull();
    const blobs = (await requestsOf(registry, pull)).filter((request) => request.includes('/blobs/'));
    expect(blobs).toEqual([]);
  });
});
