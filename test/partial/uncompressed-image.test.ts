import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import type { UncompressedImageCore } from '../../src/partial/layers/cores.js';
import { uncompressedToImage } from '../../src/partial/uncompressed-image.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { marshalConfigFile } from '../../src/v1/documents/marshal.js';
import * as types from '../../src/v1/types.js';
import { describeImageContract } from '../contract/image-contract.js';
import { readAll } from '../support/tools/read-all.js';
import { tarOf } from '../support/archives/tar-of.js';

const tars = [tarOf(['a', '1']), tarOf(['b', '2'.repeat(10_000)]), tarOf(['a', '1'])];

function core(
  mediaType: string,
  served: readonly Buffer[] = tars,
): UncompressedImageCore & { reads: number } {
  return {
    reads: 0,
    mediaType: async () => mediaType,
    rawConfigFile: async () =>
      marshalConfigFile({
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: tars.map((tar) => sha256Bytes(tar)) },
        config: {},
      }),
    async layerByDiffId(diffId) {
      const at = tars.findIndex((tar) => sha256Bytes(tar) === diffId);
      return {
        uncompressed: async () => {
          this.reads += 1;
          return Readable.from([served[at]!], { objectMode: false });
        },
      };
    },
  };
}

describeImageContract('an image widened from plain tars', () =>
  uncompressedToImage(core(types.dockerManifestSchema2)),
);
describeImageContract('an OCI image widened from tars that stay plain', () =>
  uncompressedToImage(core(types.ociManifestSchema1), { compression: 'none' }),
);

describe('uncompressedToImage', () => {
  it.each([
    {
      manifest: types.dockerManifestSchema2,
      expected: [types.dockerConfigJson, types.dockerLayer],
      compression: 'gzip',
    },
    {
      manifest: types.ociManifestSchema1,
      expected: [types.ociConfigJson, types.ociLayer],
      compression: 'gzip',
    },
    {
      manifest: types.ociManifestSchema1,
      expected: [types.ociConfigJson, types.ociUncompressedLayer],
      compression: 'none',
    },
  ] as const)('writes media types of one family for $manifest with $compression', async (row) => {
    const image = uncompressedToImage(core(row.manifest), { compression: row.compression });
    const { mediaType, config, layers } = await image.manifest();
    expect([mediaType, config.mediaType, layers[0]?.mediaType]).toEqual([row.manifest, ...row.expected]);
  });

  it('L26: compresses each distinct layer once for manifest, lookups and content together', async () => {
    const source = core(types.dockerManifestSchema2);
    const image = uncompressedToImage(source);
    for (const { digest } of (await image.manifest()).layers) {
      await readAll(await (await image.layerByDigest(digest)).compressed());
    }
    expect(source.reads).toBe(2);
  });

  it('opens no layer for the config and the diff IDs', async () => {
    const source = core(types.dockerManifestSchema2);
    const image = uncompressedToImage(source);
    await image.configName();
    for (const layer of await image.layers()) await layer.diffId();
    expect(source.reads).toBe(0);
  });

  it('L25: fails if a tar does not have the diff ID in the config', async () => {
    const swapped = [tars[1]!, tars[0]!, tars[2]!];
    const image = uncompressedToImage(core(types.dockerManifestSchema2, swapped));
    await expect(image.manifest()).rejects.toBeInstanceOf(DigestMismatchError);
    const [layer] = await image.layers();
    await expect(readAll(await layer!.uncompressed())).rejects.toBeInstanceOf(DigestMismatchError);
  });

  it('refuses an impossible number of jobs', async () => {
    const image = uncompressedToImage(core(types.dockerManifestSchema2), { jobs: 0 });
    await expect(image.manifest()).rejects.toBeInstanceOf(TypeError);
  });
});
