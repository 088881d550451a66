import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll } from '@jest/globals';
import { type Cache, image, imageIndex, newFilesystemCache, readOnly } from '../../src/cache/index.js';
import { consume } from '../../src/internal/streams/consume.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { uncompressedToImage } from '../../src/partial/uncompressed-image.js';
import * as random from '../../src/random/index.js';
import { get } from '../../src/remote/get.js';
import { write } from '../../src/remote/push.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import { marshalConfigFile } from '../../src/v1/documents/marshal.js';
import { dockerManifestSchema2 } from '../../src/v1/types.js';
import { describeImageContract } from '../contract/image-contract.js';
import { describeIndexContract } from '../contract/index-contract.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';

const directory = mkdtempSync(path.join(tmpdir(), 'containerregistry-'));
const disk = (name: string): Cache => newFilesystemCache(path.join(directory, name));

let registry: StartedRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await write(reference(), random.image(300_000, 3, { seed: 'cached' }));
});
afterAll(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});
const reference = () => parseReference(`${registry.host}/app:v1`);
const remote = async (): Promise<Image> => (await get(reference())).image();

/** Reads every layer to its end. */
async function filled(cache: Cache, source: Image): Promise<Image> {
  const cached = image(source, cache);
  for (const layer of await cached.layers()) {
    await consume(await layer.compressed(), () => undefined);
    await consume(await layer.uncompressed(), () => undefined);
  }
  return cached;
}

const tars = [tarOf(['a', '1']), tarOf(['b', '2'.repeat(10_000)])];
const plainTars = (): Image =>
  uncompressedToImage({
    mediaType: async () => dockerManifestSchema2,
    rawConfigFile: async () =>
      marshalConfigFile({
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: tars.map((tar) => sha256Bytes(tar)) },
        config: {},
      }),
    layerByDiffId: async (diffId) => ({
      uncompressed: async () =>
        Readable.from([tars.find((tar) => sha256Bytes(tar) === diffId)!], { objectMode: false }),
    }),
  });

describeImageContract('an image over an empty cache that is only read', () =>
  image(compressedToImage(storedImage()), readOnly(disk('never'))),
);
describeImageContract('an image that fills its cache', () =>
  image(compressedToImage(storedImage()), disk('filling')),
);
describeImageContract('an image out of its cache', async () =>
  filled(disk('filled'), compressedToImage(storedImage())),
);
describeImageContract('an image of a registry that fills its cache', async () =>
  image(await remote(), disk('remote')),
);
describeImageContract('an image of a registry out of its cache', async () =>
  filled(disk('remote-filled'), await remote()),
);
describeImageContract('an image of plain tars that fills its cache', () => image(plainTars(), disk('plain')));
describeImageContract('an image of plain tars out of its cache', async () =>
  filled(disk('plain-filled'), plainTars()),
);
describeIndexContract('an index over a cache', () =>
  imageIndex(random.index(1000, 2, 3, { seed: 'contract' }), disk('index')),
);
