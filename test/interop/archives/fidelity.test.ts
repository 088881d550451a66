import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import { compressedToImage } from '../../../src/partial/compressed-image.js';
import { indexFromCore } from '../../../src/partial/index-from-core.js';
import * as random from '../../../src/random/index.js';
import { get } from '../../../src/remote/get.js';
import { newLayer } from '../../../src/static/layer.js';
import { type Hash, sha256Bytes } from '../../../src/v1/hash.js';
import type { Image } from '../../../src/v1/image.js';
import type { ImageIndex } from '../../../src/v1/image-index.js';
import type { Layer } from '../../../src/v1/layer.js';
import * as types from '../../../src/v1/types.js';
import { type DockerRegistry, startDockerRegistry } from '../../support/programs/docker-registry.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';

/** JSON that no tool here writes: indented, with fields of no specification. */
const odd = (document: object): Uint8Array =>
  Buffer.from(`${JSON.stringify({ ...document, 'x-unknown': { deep: [1, '<&>', null] } }, null, '\t ')}\n`);

const described = async (layer: Layer): Promise<object> => ({
  mediaType: await layer.mediaType(),
  digest: await layer.digest(),
  size: await layer.size(),
  'x-note': 'kept',
});

/** An image of exactly these documents. */
async function imageOf(configType: string, config: Uint8Array, layers: readonly Layer[]): Promise<Image> {
  const rawManifest = odd({
    schemaVersion: 2,
    mediaType: types.ociManifestSchema1,
    config: { mediaType: configType, digest: sha256Bytes(config), size: config.byteLength },
    layers: await Promise.all(layers.map(described)),
  });
  const byDigest = new Map<Hash, Layer>();
  for (const layer of layers) byDigest.set(await layer.digest(), layer);
  return compressedToImage({
    mediaType: async () => types.ociManifestSchema1,
    rawManifest: async () => rawManifest,
    rawConfigFile: async () => config,
    layerByDigest: async (digest) => byDigest.get(digest)!,
  });
}

async function oddImage(architecture: string): Promise<Image> {
  const layer = random.layer(5000, types.ociLayer, { seed: architecture });
  const config = odd({
    os: 'linux',
    architecture,
    rootfs: { type: 'layers', diff_ids: [await layer.diffId()] },
    config: { 'x-label': true },
  });
  return imageOf(types.ociConfigJson, config, [layer]);
}

const artifact = async (): Promise<Image> =>
  imageOf('application/vnd.example.thing.config+json', Buffer.from('{"not": "an image"}'), [
    newLayer(Buffer.from('some text'), 'text/plain'),
  ]);

async function indexOf(children: readonly Image[]): Promise<ImageIndex> {
  const manifests = await Promise.all(
    children.map(async (child, at) => ({
      mediaType: await child.mediaType(),
      digest: await child.digest(),
      size: await child.size(),
      platform: { os: 'linux', architecture: ['amd64', 'arm64', 'unknown'][at] },
    })),
  );
  const rawManifest = odd({ schemaVersion: 2, mediaType: types.ociImageIndex, manifests });
  const byDigest = new Map<Hash, Image>();
  for (const child of children) byDigest.set(await child.digest(), child);
  return indexFromCore({
    mediaType: async () => types.ociImageIndex,
    rawManifest: async () => rawManifest,
    image: async ({ digest }) => byDigest.get(digest)!,
    imageIndex: async () => Promise.reject(new Error('there is none')),
  });
}

const sources: readonly (readonly [string, () => Promise<Image | ImageIndex>])[] = [
  ['a manifest with unknown fields', async () => oddImage('amd64')],
  ['an artifact with a config of unknown type', artifact],
  [
    'an index of several platforms and an artifact',
    async () => indexOf([await oddImage('amd64'), await oddImage('arm64'), await artifact()]),
  ],
];

describeWithPeers('every byte is unchanged', ['docker-registry', 'crane'], (peers) => {
  let distribution: DockerRegistry;
  let embedded: StartedRegistry;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'fidelity-'));
    [distribution, embedded] = await Promise.all([
      startDockerRegistry(peers['docker-registry']),
      startRegistry(),
    ]);
  });
  afterAll(async () => {
    await Promise.all([distribution.close(), embedded.close(), rm(dir, { recursive: true, force: true })]);
  });

  describe.each(sources)('in %s', (title, make) => {
    it('after a push, a copy, a pull to a layout, a push of the layout, and a pull by crane', async () => {
      const source = await make();
      const raw = Buffer.from(await source.rawManifest());
      const repository = `fidelity/${String(sources.findIndex(([name]) => name === title))}`;
      const bytesAt = async (reference: string): Promise<Buffer> =>
        Buffer.from((await get(parseReference(reference))).manifest);

      const first = `${distribution.host}/${repository}:v1`;
      await crane.push(source, first);
      expect(await bytesAt(first)).toEqual(raw);

      const second = `${embedded.host}/${repository}:v1`;
      await crane.copy(first, second);
      expect(await bytesAt(second)).toEqual(raw);

      const layout = path.join(dir, repository);
      await crane.pullTo([second], layout, { format: 'oci' });
      const third = `${distribution.host}/${repository}/again:v1`;
      const pushed = await crane.pushFrom(layout, third);
      expect(pushed.digest).toBe(await source.digest());
      expect(await bytesAt(third)).toEqual(raw);
      expect(Buffer.from(await peers.crane.run(['manifest', third]))).toEqual(raw);

      const fourth = `${distribution.host}/${repository}/crane:v1`;
      await peers.crane.run(['copy', third, fourth]);
      expect(await crane.digest(fourth)).toBe(await source.digest());
    });
  });

  it('in one platform of an index, which keeps the digest of its image', async () => {
    const amd64 = await oddImage('amd64');
    const arm64 = await oddImage('arm64');
    const all = `${embedded.host}/platforms/all:v1`;
    const one = `${distribution.host}/platforms/one:v1`;
    await crane.push(await indexOf([amd64, arm64]), all);
    await crane.copy(all, one, { platform: 'linux/arm64' });
    expect(await crane.digest(one)).toBe(await arm64.digest());
    expect(await crane.digest(all, { platform: 'linux/arm64' })).toBe(await arm64.digest());
  });
});
