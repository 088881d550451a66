import { describe, expect, it } from '@jest/globals';
import { append as craneAppend } from '../../../src/crane/changing/append.js';
import * as empty from '../../../src/empty/index.js';
import * as mutate from '../../../src/mutate/index.js';
import { compressedToImage } from '../../../src/partial/compressed-image.js';
import type { Annotations } from '../../../src/v1/descriptor.js';
import type { Image } from '../../../src/v1/image.js';
import * as types from '../../../src/v1/types.js';
import * as validate from '../../../src/validate/index.js';
import { file } from '../../support/images/layered-image.js';
import { layerTar } from '../../support/archives/layer-tar.js';
import { sha256Of } from '../../support/tools/read-all.js';
import { storedImage } from '../../support/images/stored-image.js';

const SUM = `sha256:${'ab'.repeat(32)}`;
const tar = await layerTar([file('a', '1'.repeat(300), { mtime: 1_700_000_000 })]);

/** Annotations that describe the stored bytes. */
const stored: Annotations = {
  'containerd.io/snapshot/stargz/toc.digest': SUM,
  'io.containers.estargz.uncompressed-size': '10240',
  'io.github.containers.zstd-chunked.manifest-checksum': SUM,
  'io.github.containers.zstd-chunked.manifest-position': '100:200:300:1',
  'io.github.containers.zstd-chunked.tarsplit-position': '1:2:3',
  'containerd.io/snapshot/nydus-blob': 'true',
  'containerd.io/snapshot/nydus-source-digest': SUM,
  'containerd.io/snapshot/overlaybd/blob-digest': SUM,
  'com.amazon.soci.image-layer-digest': SUM,
  'containerd.io/distribution.source.docker.io': 'library/busybox',
};
/** Annotations that describe the tar. */
const content: Annotations = {
  'containerd.io/uncompressed': sha256Of(tar),
  'buildkit/rewritten-timestamp': '1700000000',
};
/** Annotations that describe neither. Some names begin like known ones. */
const other: Annotations = {
  'org.opencontainers.image.title': 'root',
  'containerd.io/snapshots': 'x',
  'example.com/own': '1',
};

const base = compressedToImage(
  storedImage({
    tars: [tar],
    config: (config) => ({ ...config, created: '2024-01-02T03:04:05Z' }),
    manifest: (manifest) => ({
      ...manifest,
      annotations: { 'com.amazon.soci.index-digest': SUM, 'org.opencontainers.image.version': '1' },
      layers: manifest.layers.map((layer) => ({
        ...layer,
        urls: ['https://files.example/layer'],
        annotations: { ...stored, ...content, ...other },
        'x-own': 1,
      })),
    }),
  }),
);

const at = new Date('2020-01-02T03:04:05Z');
const sameContent: Readonly<Record<string, (image: Image) => Image>> = {
  'compression none': (image) => mutate.recompress(image, 'none'),
  'compression gzip with a level': (image) => mutate.recompress(image, 'gzip', { compressionLevel: 9 }),
};
const otherContent: Readonly<Record<string, (image: Image) => Image>> = {
  time: (image) => mutate.time(image, at),
  canonical: (image) => mutate.canonical(image),
  rewriteTimestamps: (image) => mutate.rewriteTimestamps(image, at),
};
const sameBytes: Readonly<Record<string, (image: Image) => Image>> = {
  config: (image) => mutate.config(image, { Cmd: ['/x'] }),
  toDocker: (image) => mutate.toDocker(image),
  'rewriteTimestamps of what is older': (image) => mutate.rewriteTimestamps(image, new Date()),
  'compression that it has': (image) => mutate.recompress(image, 'gzip'),
  rebase: (image) => mutate.rebase(image, image, image),
};

const soci = 'com.amazon.soci.index-digest';

describe('annotations of layers, images and descriptors', () => {
  it.each(Object.entries(sameContent))(
    'I3: annotations about the stored bytes are removed if the bytes change: %s',
    async (_name, change) => {
      const changed = change(base);
      const { layers, annotations } = await changed.manifest();
      expect(layers[0]).toMatchObject({ 'x-own': 1, annotations: { ...content, ...other } });
      expect(layers[0]!.annotations).toEqual({ ...content, ...other });
      expect(layers[0]).not.toHaveProperty('urls');
      expect(annotations).toEqual({ 'org.opencontainers.image.version': '1' });
      await validate.image(changed);
    },
  );

  it.each(Object.entries(otherContent))(
    'I3: annotations about the content are removed if the content changes: %s',
    async (_name, change) => {
      const changed = change(base);
      const { layers, annotations } = await changed.manifest();
      expect(layers[0]!.annotations).toEqual(other);
      expect(layers[0]).not.toHaveProperty('urls');
      expect(annotations).toEqual({ 'org.opencontainers.image.version': '1' });
      await validate.image(changed);
    },
  );

  it.each(Object.entries(sameBytes))(
    'I3: annotations are kept if the bytes do not change: %s',
    async (_name, change) => {
      const { layers, annotations } = await change(base).manifest();
      expect(layers[0]).toMatchObject({
        annotations: { ...stored, ...content, ...other },
        urls: ['https://files.example/layer'],
      });
      expect(annotations).toHaveProperty([soci]);
    },
  );

  it('I3: flattened and squashed layers have no annotations, and the image has none about its layers', async () => {
    for (const image of [mutate.flatten(base), mutate.squash(base)]) {
      const { layers, annotations } = await image.manifest();
      expect(layers[0]).not.toHaveProperty('annotations of layers, images and descriptors');
      expect(annotations).not.toHaveProperty([soci]);
    }
  });

  it('I3: a layer that is appended elsewhere keeps its annotations and gets the media type of the image', async () => {
    const [layer] = await base.layers();
    const replaced = mutate.replaceLayer(base, 0, layer!);
    const grown = await craneAppend(empty.image, [layer!]);
    for (const image of [replaced, grown]) {
      const [listed] = (await image.manifest()).layers;
      expect(listed).toMatchObject({ annotations: stored });
    }
    expect((await grown.manifest()).layers[0]!.mediaType).toBe(types.dockerLayer);
  });

  it('I3: annotations of an image in an index are removed if the image changes', async () => {
    const index = mutate.appendManifests(empty.index, [
      {
        add: base,
        descriptor: {
          platform: { os: 'linux', architecture: 'amd64' },
          urls: ['https://files.example/manifest'],
          data: 'e30=',
          annotations: { [soci]: SUM, a: 'b' },
        },
      },
    ]);
    const mapped = mutate.mapImages(index, (image) => mutate.createdAt(image, at));
    const [child] = (await mapped.indexManifest()).manifests;
    expect(child).toMatchObject({ annotations: { a: 'b' }, platform: { os: 'linux' } });
    expect(child!.annotations).toEqual({ a: 'b' });
    for (const field of ['data', 'urls']) expect(child).not.toHaveProperty(field);
  });
});
