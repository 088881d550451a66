import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import * as crane from '../../src/crane/index.js';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { ManifestInvalidError } from '../../src/errors/invalid/manifest.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import * as empty from '../../src/empty/index.js';
import { drain } from '../../src/internal/streams/consume.js';
import * as mutate from '../../src/mutate/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import * as tarball from '../../src/tarball/index.js';
import { type Hash, sha256Bytes } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import { file, layeredImage } from '../support/images/layered-image.js';
import { layerTar } from '../support/archives/layer-tar.js';
import { readAll } from '../support/tools/read-all.js';
import { someHash, storedImage } from '../support/images/stored-image.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

const layers = [[file('a', '1')], [file('b', '2')]];

async function imageWith(change: (diffIds: readonly Hash[]) => readonly Hash[]): Promise<Image> {
  return layeredImage(layers, {
    config: (config) => ({
      ...config,
      rootfs: { ...config.rootfs, diff_ids: change(config.rootfs.diff_ids) },
    }),
  });
}

const wrong = {
  'the diff ID of the lowest layer is another one': (ids: readonly Hash[]) => [someHash('1'), ids[1]!],
  'the diff IDs are swapped': (ids: readonly Hash[]) => [...ids].reverse(),
};
const miscounted = {
  'there is a diff ID too many': (ids: readonly Hash[]) => [...ids, someHash('1')],
  'a diff ID is missing': (ids: readonly Hash[]) => ids.slice(1),
  'there are no diff IDs': () => [],
};

type Options = Pick<mutate.ExtractOptions, 'ignoreDiffIds'>;

const operations: Readonly<Record<string, (image: Image, options?: Options) => Promise<unknown>>> = {
  extract: async (image, options) => drain(mutate.extract(image, options)),
  extractTo: async (image, options) => mutate.extractTo(image, temp.path('to'), options),
  export: async (image, options) => crane.export(image, temp.path('tar'), options),
  exportTo: async (image, options) => crane.exportTo(image, temp.path('to'), options),
  flatten: async (image, options) => mutate.flatten(image, options).digest(),
  squash: async (image, options) => mutate.squash(image, options).digest(),
  'extract of a view': async (image, options) =>
    drain(mutate.extract(mutate.annotations(image, { a: 'b' }), options)),
  'extract of an appended image': async (image, options) => {
    const top = await layeredImage([[file('c', '3')]]);
    return drain(mutate.extract(mutate.appendLayers(image, await top.layers()), options));
  },
};

describe.each(Object.keys(operations))('%s', (name) => {
  const run = operations[name]!;

  it.each(Object.entries(wrong))('Q5: fails if %s', async (_case, change) => {
    const error = await run(await imageWith(change)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DigestMismatchError);
    expect((error as DigestMismatchError).hint).toContain('`ignoreDiffIds`');
  });

  it.each(Object.entries(miscounted))('Q5: fails if %s', async (_case, change) => {
    const error = await run(await imageWith(change)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ManifestInvalidError);
    expect((error as ManifestInvalidError).message).toMatch(/lists 2 layers, but the config has \d diff IDs/);
  });

  it.each(Object.entries({ ...wrong, ...(name === 'extract of an appended image' ? {} : miscounted) }))(
    'Q5: succeeds with ignoreDiffIds, although %s',
    async (_case, change) => {
      await run(await imageWith(change), { ignoreDiffIds: true });
    },
  );
});

describe('extract', () => {
  it('Q5: checks layers against a replaced config', async () => {
    const image = await imageWith((same) => same);
    const config = await image.configFile();
    const changed = mutate.configFile(image, {
      ...config,
      rootfs: { ...config.rootfs, diff_ids: [someHash('1'), someHash('2')] },
    });
    await expect(drain(mutate.extract(changed))).rejects.toBeInstanceOf(DigestMismatchError);
  });

  it('does not read a layer that knows its diff ID more often than without the check', async () => {
    const tar = await layerTar([file('a', '1')]);
    const reads = async (options: Options): Promise<number> => {
      let opened = 0;
      const layer = tarball.layerFromOpener(() => {
        opened += 1;
        return Readable.from([tar], { objectMode: false });
      });
      await drain(mutate.extract(mutate.appendLayers(empty.image, [layer]), options));
      return opened;
    };
    expect(await reads({})).toBe(await reads({ ignoreDiffIds: true }));
  });

  it.each(['application/vnd.cncf.helm.config.v1+json', 'application/vnd.oci.empty.v1+json'])(
    'does not check the layers of an artifact with the config %s',
    async (mediaType) => {
      const image = await layeredImage(layers, {
        configBytes: Buffer.from('{}'),
        manifest: (manifest) => ({
          ...manifest,
          config: { ...descriptorOf('{}'), mediaType },
        }),
      });
      await drain(mutate.extract(image));
    },
  );
});

describe('an artifact with a layer that is not a tar', () => {
  const text = Buffer.from('provenance of a chart\n'.repeat(100));

  async function artifact(mediaType: string): Promise<Image> {
    const tar = await layerTar([file('a', '1')]);
    return compressedToImage(
      storedImage({
        blobs: [tar, text],
        configBytes: Buffer.from('{}'),
        manifest: (manifest) => ({
          ...manifest,
          config: { ...descriptorOf('{}'), mediaType: 'application/vnd.cncf.helm.config.v1+json' },
          layers: manifest.layers.map((layer, at) => (at === 1 ? { ...layer, mediaType } : layer)),
        }),
      }),
    );
  }

  it('Q6: fails with the position, digest and media type of the layer, and a hint at what can read it', async () => {
    const image = await artifact('application/vnd.cncf.helm.chart.provenance.v1.prov');
    const { digest } = (await image.manifest()).layers[1]!;
    for (const read of [
      async () => readAll(mutate.extract(image)),
      async () => crane.export(image, temp.path('tar')),
      async () => crane.exportTo(image, temp.path('to')),
    ]) {
      const error = await read().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UnsupportedError);
      const { message, hint } = error as UnsupportedError;
      expect(message).toContain(`layer 1 (${digest}, application/vnd.cncf.helm.chart.provenance.v1.prov)`);
      expect(hint).toContain('gantry blob');
    }
  });

  it('Q6: fails with the same facts if the media type is that of a tar', async () => {
    const image = await artifact('application/vnd.oci.image.layer.v1.tar');
    const error = await readAll(mutate.extract(image)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ArchiveInvalidError);
    expect((error as ArchiveInvalidError).message).toMatch(/^layer 1 \(sha256:/);
  });
});

describe('save', () => {
  it.each(Object.entries(miscounted))('Q5: fails if %s', async (_case, change) => {
    const image = await imageWith(change);
    const saved = crane.save(image, 'example.com/app:v1', temp.path('saved.tar'));
    await expect(saved).rejects.toBeInstanceOf(ManifestInvalidError);
    await crane.saveOci(image, temp.path('layout'));
  });
});

function descriptorOf(text: string): { readonly digest: Hash; readonly size: number } {
  const bytes = Buffer.from(text);
  return { digest: sha256Bytes(bytes), size: bytes.byteLength };
}
