import { describe, expect, it } from '@jest/globals';
import { ContainerError } from '../../src/errors/base.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { newLayer } from '../../src/static/layer.js';
import { type Hash, sha256Bytes } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import type { Layer } from '../../src/v1/layer.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { storedImage } from '../support/images/stored-image.js';
import { recordingImage } from '../support/images/recording-image.js';
import { expectKept } from './expect-kept.js';
import type { SinkKind } from './sink.js';
import { useSink } from './use-sink.js';

const urls = ['https://files.example/layer'];

/** An image whose lowest layer is to be downloaded from a URL. */
const withForeign = (): Image =>
  compressedToImage(
    storedImage({
      manifest: (same) => ({
        ...same,
        layers: same.layers.map((layer, at) =>
          at === 0 ? { ...layer, mediaType: types.dockerForeignLayer, urls } : layer,
        ),
      }),
    }),
  );
const missing = async (): Promise<never> => Promise.reject(new NotFoundError('it is elsewhere'));
const withoutContent = (_layer: Layer, at: number): Partial<Layer> =>
  at === 0 ? { exists: async () => Promise.resolve(false), compressed: missing, uncompressed: missing } : {};

/** JSON with unusual white space, and with members that no specification has. */
const unusualJson = (document: object): Uint8Array =>
  Buffer.from(`${JSON.stringify({ ...document, 'x-unknown': { deep: [1, '<&>', null] } }, null, '\t ')}\n`);

/** An image with exactly these documents. */
async function imageOf(configType: string, config: Uint8Array, layers: readonly Layer[]): Promise<Image> {
  const listed = await Promise.all(
    layers.map(async (layer) => ({
      mediaType: await layer.mediaType(),
      digest: await layer.digest(),
      size: await layer.size(),
      annotations: { note: 'kept' },
    })),
  );
  const rawManifest = unusualJson({
    schemaVersion: 2,
    mediaType: types.ociManifestSchema1,
    config: { mediaType: configType, digest: sha256Bytes(config), size: config.byteLength },
    layers: listed,
  });
  const byDigest = new Map<Hash, Layer>(layers.map((layer, at) => [listed[at]!.digest, layer]));
  return compressedToImage({
    mediaType: async () => Promise.resolve(types.ociManifestSchema1),
    rawManifest: async () => Promise.resolve(rawManifest),
    rawConfigFile: async () => Promise.resolve(config),
    layerByDigest: async (digest) => Promise.resolve(byDigest.get(digest)!),
  });
}

const plainTar = newLayer(Buffer.alloc(1024), types.ociUncompressedLayer);
const unusualImage = async (): Promise<Image> => {
  const rootfs = { type: 'layers', diff_ids: [await plainTar.diffId()] };
  return imageOf(types.ociConfigJson, unusualJson({ os: 'linux', architecture: 'amd64', rootfs }), [
    plainTar,
  ]);
};

const artifacts: readonly (readonly [title: string, make: () => Promise<Image>])[] = [
  [
    'an artifact',
    async () =>
      imageOf('application/vnd.example.thing', Buffer.from('{"not": "an image"}'), [
        newLayer(Buffer.from('some text'), 'text/plain'),
        newLayer(Buffer.alloc(0), 'application/vnd.example.empty'),
      ]),
  ],
  [
    'an artifact with an empty config',
    async () =>
      imageOf('application/vnd.oci.empty.v1+json', Buffer.from('{}'), [
        newLayer(Buffer.from('{}'), 'application/spdx+json'),
      ]),
  ],
];

/** The contract that every sink must keep for unusual images. */
export function describeUnusualImageContract(kind: SinkKind): void {
  describe(`${kind.name} keeps the contract of sinks for unusual images:`, () => {
    const sink = useSink(kind);

    it('keeps the descriptor of a foreign layer, and does not need its content', async () => {
      const { image } = await recordingImage(withForeign(), withoutContent);
      if (kind.runsOnly === true) {
        await expect(sink().write(image)).rejects.toBeInstanceOf(ContainerError);
        expect(await sink().holds()).toBe(false);
        return;
      }
      await sink().write(image);
      const read = await sink().read();
      const [foreign, ordinary] = (await image.manifest()).layers;
      expect((await read.manifest()).layers[0]).toEqual(foreign);
      expect(await read.configName()).toBe(await image.configName());
      const layer = (await read.layers())[1]!;
      expect(await layer.diffId()).toBe((await image.configFile()).rootfs.diff_ids[1]);
      if (kind.keeps !== 'tars') expect(await layer.digest()).toBe(ordinary!.digest);
    });

    it('keeps the descriptor of a layer that must not be distributed', async () => {
      await sink().write(withForeign());
      const read = await sink().read();
      if (kind.runsOnly === true) await validate.image(read);
      else expect((await read.manifest()).layers[0]).toEqual((await withForeign().manifest()).layers[0]);
    });

    it('keeps documents in an unusual form byte for byte', async () => {
      await sink().write(await unusualImage());
      await expectKept(await sink().read(), await unusualImage(), kind);
    });

    it.each(artifacts)('keeps %s, or refuses it because it is not an image', async (_title, make) => {
      const image = await make();
      const written = sink()
        .write(image)
        .then(async () => sink().read());
      if (kind.keeps === 'manifest') await expectKept(await written, image, kind);
      else await expect(written).rejects.toBeInstanceOf(ContainerError);
    });
  });
}
