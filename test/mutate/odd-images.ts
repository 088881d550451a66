import { gzipSync } from 'node:zlib';
import { index as emptyIndex } from '../../src/empty/image-index.js';
import { appendManifests } from '../../src/mutate/views/index-children.js';
import { indexMediaType } from '../../src/mutate/views/media-type.js';
import { toDocker } from '../../src/mutate/convert.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import type { Image } from '../../src/v1/image.js';
import { dockerManifestList, ociConfigJson } from '../../src/v1/types.js';
import { amd64, arm64, imageFor, multi } from '../support/images/platform-images.js';
import { rawConfigImage } from '../support/images/raw-config-image.js';
import { descriptorOf, storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';

const tars: readonly Buffer[] = [tarOf(['a', '1']), tarOf(['b', '2'])];
const emptyTar = Buffer.alloc(1024);
const step = (name: string) => ({ created: '2024-01-02T03:04:05Z', created_by: name });
const noLayer = { ...step('ENV'), empty_layer: true };

/** Unusual images, as old versions of Docker and other tools write them. Each name says what is unusual. */
export const oddImages: Readonly<Record<string, Image>> = {
  'no history, as in distroless': rawConfigImage(tars, { author: 'Bazel', created: '0001-01-01T00:00:00Z' }),
  'a history without times, as Bazel writes it': rawConfigImage(tars, {
    history: [{ created_by: 'bazel' }, { author: 'Bazel' }],
  }),
  'a history of too few layers': rawConfigImage(tars, { history: [step('a'), noLayer] }),
  'a history of no layer': rawConfigImage(tars, { history: [noLayer, noLayer, noLayer] }),
  'steps without layers at both ends': rawConfigImage(tars, {
    history: [noLayer, noLayer, { ...step('a'), empty_layer: false }, {}, { empty_layer: true }],
  }),
  'null for missing members': rawConfigImage(tars, { created: null, history: null, config: null }),
  'a config without rootfs': rawConfigImage([], { rootfs: undefined }),
  'null as the rootfs': rawConfigImage([], { rootfs: null, history: null }),
  'null as the diff IDs': rawConfigImage([], { rootfs: { type: 'layers', diff_ids: null } }),
  'steps and no layers': rawConfigImage([], { history: [noLayer] }),
  'the same layers again': rawConfigImage([...tars, ...tars], {}),
  'layers without entries': rawConfigImage([emptyTar, emptyTar, ...tars], { history: undefined }),
  'a layer without bytes': rawConfigImage([Buffer.alloc(0), ...tars], {}),
  'unknown fields': rawConfigImage(tars, {
    zeta: 1,
    container_config: { Cmd: ['x'] },
    docker_version: '20.10.7',
    'moby.buildkit.buildinfo.v1': 'eyJ9',
    config: { Healthcheck: { Test: ['NONE'], StartInterval: 5, Foo: 1 }, OnBuild: null, Zed: { b: 1 } },
  }),
  'a subject': compressedToImage(
    storedImage({
      manifest: (manifest) => ({
        ...manifest,
        subject: descriptorOf(Buffer.from('subject'), ociConfigJson),
      }),
    }),
  ),
  'eStargz layers': compressedToImage(
    storedImage({
      manifest: (manifest) => ({
        ...manifest,
        layers: manifest.layers.map((layer) => ({
          ...layer,
          annotations: { 'containerd.io/snapshot/stargz/toc.digest': `sha256:${'a'.repeat(64)}` },
        })),
      }),
    }),
  ),
};

const nested = (child: Image | ImageIndex): ImageIndex => appendManifests(emptyIndex, [{ add: child }]);

const statement = Buffer.from('{"predicateType":"https://slsa.dev/provenance/v1"}');
const attestation = compressedToImage(
  storedImage({
    tars: [statement],
    blobs: [statement],
    config: (config) => ({ ...config, os: 'unknown', architecture: 'unknown' }),
    manifest: (manifest) => ({
      ...manifest,
      layers: [descriptorOf(statement, 'application/vnd.in-toto+json')],
    }),
  }),
);

/** Unusual indexes. */
export const oddIndexes: Readonly<Record<string, () => Promise<ImageIndex>>> = {
  'BuildKit attestations': async () => {
    const { manifests } = await multi.indexManifest();
    return appendManifests(
      multi,
      manifests.map(({ digest }) => ({
        add: attestation,
        descriptor: {
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: {
            'vnd.docker.reference.digest': digest,
            'vnd.docker.reference.type': 'attestation-manifest',
          },
        },
      })),
    );
  },
  "Docker's list of OCI images": async () =>
    appendManifests(indexMediaType(emptyIndex, dockerManifestList), [
      { add: imageFor('a'), descriptor: { platform: amd64 } },
      { add: toDocker(imageFor('b', arm64)), descriptor: { platform: arm64 } },
    ]),
  'an index of indexes': async () => appendManifests(nested(nested(imageFor('deep'))), [{ add: multi }]),
};

/** A compressed tar, to append as a layer. */
export const addedTar: Buffer = gzipSync(tarOf(['added', '3']));
