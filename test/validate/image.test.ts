import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as empty from '../../src/empty/index.js';
import { ValidationError } from '../../src/errors/invalid/validation.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import * as random from '../../src/random/index.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { Image } from '../../src/v1/image.js';
import type { Layer } from '../../src/v1/layer.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import {
  descriptorOf,
  someHash,
  storedImage,
  type StoredImageOptions,
} from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { zstdOf } from '../support/archives/zstd-of.js';

async function findingsIn(image: Image, options?: validate.ValidateOptions): Promise<readonly string[]> {
  try {
    await validate.image(image, options);
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.findings;
    throw error;
  }
}

const stored = (options?: StoredImageOptions): Image => compressedToImage(storedImage(options));

/** An image with changed layers. */
const withLayer = (image: Image, change: (layer: Layer) => Partial<Layer>): Image => ({
  ...image,
  layers: async (options) => {
    const [first, ...rest] = await image.layers(options);
    return [{ ...first!, ...change(first!) }, ...rest];
  },
});

describe('validate.image', () => {
  it.each([
    { name: 'the empty image', image: empty.image },
    { name: 'a random image', image: random.image(100_000, 3, { seed: 1 }) },
    {
      name: 'a random OCI image',
      image: random.image(10, 2, { seed: 1, mediaType: types.ociManifestSchema1 }),
    },
    { name: 'an image from a manifest', image: stored() },
  ])('finds nothing wrong with $name', async ({ image }) => {
    expect(await findingsIn(image)).toEqual([]);
    expect(await findingsIn(image, { fast: true })).toEqual([]);
  });

  it('reads each layer once', async () => {
    const tar = tarOf(['a', '1']);
    const core = storedImage({ tars: [tar, tarOf(['b', '2']), tar] });
    expect(await findingsIn(compressedToImage(core))).toEqual([]);
    expect([...core.reads.values()]).toEqual([1, 1, 1, 1]);
  });

  it('reads no layer in fast mode if the source knows whether it exists', async () => {
    const core = storedImage();
    const image = compressedToImage({
      ...core,
      layerByDigest: async (digest, descriptor) => ({
        ...(await core.layerByDigest(digest, descriptor)),
        exists: async () => true,
      }),
    });
    expect(await findingsIn(image, { fast: true })).toEqual([]);
    expect([...core.reads.keys()].sort()).toEqual(['config', 'manifest']);
  });

  it.each([
    { name: 'zstd', blob: zstdOf(tarOf(['a', '1'])), mediaType: types.ociLayerZstd },
    { name: 'gzip', blob: gzipSync(tarOf(['a', '1'])), mediaType: types.ociLayer },
    { name: 'no compression', blob: tarOf(['a', '1']), mediaType: types.ociUncompressedLayer },
  ])('accepts layers in $name', async ({ blob, mediaType }) => {
    const image = stored({
      tars: [tarOf(['a', '1'])],
      blobs: [blob],
      manifest: (m) => ({ ...m, layers: [{ ...m.layers[0]!, mediaType }] }),
    });
    expect(await findingsIn(image)).toEqual([]);
  });

  it('accepts an artifact, whose config and blobs have no diff IDs', async () => {
    const blob = Buffer.from('{"bom":1}');
    const image = stored({
      tars: [],
      blobs: [blob],
      manifest: (m) => ({
        ...m,
        config: { ...m.config, mediaType: 'application/vnd.example.config+json' },
        layers: [descriptorOf(blob, 'application/spdx+json')],
      }),
    });
    expect(await findingsIn(image)).toEqual([]);
  });

  it('accepts foreign layers that cannot be read', async () => {
    const core = storedImage({
      manifest: (m) => ({
        ...m,
        layers: m.layers.map((l) => ({ ...l, mediaType: types.dockerForeignLayer })),
      }),
    });
    const image = compressedToImage({
      ...core,
      layerByDigest: async (digest, descriptor) => ({
        ...(await core.layerByDigest(digest, descriptor)),
        compressed: async () => Promise.reject(new Error('403')),
      }),
    });
    expect(await findingsIn(image)).toEqual([]);
    expect(await findingsIn(image, { fast: true })).toEqual([]);
  });

  it('L25: finds diff IDs that do not match the layers', async () => {
    const image = stored({
      config: (c) => ({ ...c, rootfs: { ...c.rootfs, diff_ids: [...c.rootfs.diff_ids].reverse() } }),
    });
    const findings = await findingsIn(image);
    expect(findings).toHaveLength(4);
    expect(findings[0]).toContain('digest of the tar: want');
    expect(findings[1]).toContain('diff ID in the config: want');
  });

  it('L25: finds different numbers of layers in config, history and manifest', async () => {
    const image = stored({
      config: (c) => ({ ...c, rootfs: { ...c.rootfs, diff_ids: c.rootfs.diff_ids.slice(1) } }),
    });
    const findings = (await findingsIn(image)).join('\n');
    expect(findings).toContain('diff IDs for the layers of the manifest: want 2, got 1');
    expect(findings).toContain('layers in the history for the diff IDs: want 1, got 2');
  });

  it('counts only steps of the history that made a layer', async () => {
    const image = stored({
      config: (c) => ({
        ...c,
        history: [...(c.history ?? []), { created_by: 'ENV a=b', empty_layer: true }],
      }),
    });
    expect(await findingsIn(image)).toEqual([]);
  });

  it('finds a rootfs whose type is not `layers`', async () => {
    const image = stored({ config: (c) => ({ ...c, rootfs: { ...c.rootfs, type: 'tree' } }) });
    expect(await findingsIn(image)).toEqual(['rootfs.type of the config: want layers, got tree']);
  });

  it('finds a media type that names another compression', async () => {
    const tars = [tarOf(['a', '1'])];
    expect(await findingsIn(stored({ tars, blobs: tars }))).toEqual([
      `layer 0 (${sha256Bytes(tars[0]!)}): compression for ${types.ociLayer}: want gzip, got none`,
    ]);
  });

  it('finds paths that a layer has twice', async () => {
    const tars = [tarOf(['a', '1'], ['b', '1'], ['a', '2'])];
    const findings = await findingsIn(stored({ tars }));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(/the tar has "a" more than once$/);
  });

  it('finds layers whose bytes, size or media type differ from their claims, each with its digest', async () => {
    const image = withLayer(stored(), () => ({
      digest: async () => someHash('1'),
      diffId: async () => someHash('2'),
      size: async () => 3,
      mediaType: async () => types.dockerLayer,
    }));
    const [listed] = (await image.manifest()).layers;
    const findings = await findingsIn(image);
    expect(findings.every((finding) => finding.startsWith(`layer 0 (${listed!.digest}): `))).toBe(true);
    expect(findings.map((finding) => finding.replace(/^[^)]+\): /, ''))).toEqual([
      `digest of the bytes: want ${someHash('1')}, got ${listed!.digest}`,
      `size of the bytes: want 3, got ${listed!.size}`,
      expect.stringMatching(`^digest of the tar: want ${someHash('2')}`),
      `media type in the manifest: want ${types.ociLayer}, got ${types.dockerLayer}`,
      expect.stringContaining('lookup by diff ID'),
    ]);
  });

  it('L7: finds an error that shows only at the end of a layer', async () => {
    const real = gzipSync(tarOf(['a', '1']));
    const image = withLayer(stored({ tars: [tarOf(['a', '1'])] }), () => ({
      compressed: async () => Readable.from([real, Buffer.from([0])], { objectMode: false }),
    }));
    expect((await findingsIn(image)).length).toBeGreaterThan(0);
  });

  it.each([
    { name: 'gzip', blob: gzipSync(tarOf(['a', 'x'.repeat(5000)])).subarray(0, 40) },
    { name: 'tar', blob: gzipSync(tarOf(['a', 'x'.repeat(5000)]).subarray(0, 1000)) },
  ])('finds a layer whose $name is truncated, and continues', async ({ blob }) => {
    const core = storedImage({ tars: [tarOf(['a', 'x'.repeat(5000)])], blobs: [blob] });
    const findings = await findingsIn(compressedToImage(core));
    expect(findings).toEqual([expect.stringMatching(/^layer 0 \(sha256:[0-9a-f]{64}\): content: /)]);
  });

  it('reports streams that fail as findings', async () => {
    const image = withLayer(stored(), () => ({
      compressed: async () =>
        Readable.from(
          (async function* () {
            yield Buffer.from([0x1f, 0x8b]);
            throw new Error('connection reset');
          })(),
        ),
    }));
    expect(await findingsIn(image)).toEqual([expect.stringContaining('content: connection reset')]);
  });

  it('finds a missing layer in fast mode', async () => {
    const image = withLayer(stored(), () => ({ exists: async () => false }));
    expect(await findingsIn(image, { fast: true })).toEqual([expect.stringContaining('it does not exist')]);
  });

  it('finds a config that does not match the manifest', async () => {
    const image = { ...stored(), rawConfigFile: async () => Buffer.from('{}') };
    const findings = await findingsIn(image);
    expect(findings[0]).toMatch(/^digest of the config: want sha256:/);
    expect(findings).toContain('config: the parsed document differs from the bytes');
  });

  it('finds a manifest that differs from what the image says about it', async () => {
    const image: Image = {
      ...stored(),
      digest: async () => someHash('9'),
      size: async () => 1,
      mediaType: async () => types.dockerManifestSchema2,
      manifest: async () => ({ ...(await stored().manifest()), annotations: { a: 'b' } }),
    };
    const findings = await findingsIn(image);
    expect(findings.map((finding) => finding.split(':')[0])).toEqual([
      'digest of the manifest',
      'size of the manifest',
      'media type in the manifest',
      'manifest',
    ]);
  });

  it('L21: quotes text from the image without terminal escapes', async () => {
    const image = withLayer(stored({ tars: [tarOf(['\u001b[31ma', '1'], ['\u001b[31ma', '2'])] }), () => ({
      size: async () => Promise.reject(new Error('\u001b[2Jgone')),
    }));
    const findings = await findingsIn(image);
    expect(findings).toHaveLength(2);
    // eslint-disable-next-line no-control-regex -- exactly these must not come through
    expect(findings.join()).not.toMatch(/[\u0000-\u001f]/);
  });

  it('reports all findings in one error', async () => {
    const image = { ...stored(), digest: async () => someHash('9'), size: async () => 1 };
    await expect(validate.image(image)).rejects.toMatchObject({
      code: 'VALIDATION',
      findings: { length: 2 },
    });
  });

  it('rejects, instead of reporting a finding, when the caller aborts', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const image = withLayer(stored(), () => ({
      compressed: async () => {
        controller.abort(reason);
        return Readable.from([Buffer.alloc(10)]);
      },
    }));
    await expect(validate.image(image, { signal: controller.signal })).rejects.toBe(reason);
    await expect(validate.image(stored(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
