import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as cache from '../../src/cache/index.js';
import { image as emptyImage } from '../../src/empty/image.js';
import { index as emptyIndex } from '../../src/empty/image-index.js';
import * as mutate from '../../src/mutate/index.js';
import * as partial from '../../src/partial/index.js';
import * as random from '../../src/random/index.js';
import * as statics from '../../src/static/index.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import * as types from '../../src/v1/types.js';
import { chunked } from '../support/archives/chunked.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { big, original } from './originals.js';
import { sinks } from './sinks.js';

/** A kind of image, by its source. */
export interface SourceKind {
  readonly name: string;
  /** Opens a new view of the same image with each call. It keeps files in the directory, and adds to `closing` what closes them. */
  readonly open: (directory: string, closing: (() => Promise<void>)[]) => Promise<Image>;
}

/** A kind of index, by its source. */
export interface IndexSourceKind {
  readonly name: string;
  readonly open: (directory: string, closing: (() => Promise<void>)[]) => Promise<ImageIndex>;
}

const tars = [big, tarOf(['app', 'two'])];
const stored = (): Image => partial.compressedToImage(storedImage({ tars }));
const view = (name: string, of: (base: Image) => Image): SourceKind => ({
  name: `a view: ${name}`,
  open: async () => Promise.resolve(of(stored())),
});

/** Every kind of image. A new kind needs one more line here. */
export const sources: readonly SourceKind[] = [
  { name: 'a core with a manifest', open: async () => Promise.resolve(stored()) },
  { name: 'the image without layers', open: async () => Promise.resolve(emptyImage) },
  { name: 'a random image', open: async () => Promise.resolve(random.image(90_000, 2, { seed: 1 })) },
  {
    name: 'a random OCI image',
    open: async () =>
      Promise.resolve(random.image(90_000, 2, { seed: 2, mediaType: types.ociManifestSchema1 })),
  },
  {
    name: 'layers in memory',
    open: async () =>
      Promise.resolve(
        mutate.appendLayers(emptyImage, [statics.newLayer(tars[1]!, types.dockerUncompressedLayer)]),
      ),
  },
  { name: 'layers of files', open: layersOfFiles },
  { name: 'an archive of docker save', open: dockerSaved },
  { name: 'an image that fills a cache', open: cached },
  {
    name: 'an image out of a cache',
    open: async (directory) => {
      for (const layer of await (await cached(directory)).layers())
        for await (const _ of await layer.compressed());
      return cached(directory);
    },
  },
  view('another config', (base) => mutate.config(base, { Env: ['A=1'], Cmd: ['/app'] })),
  view('annotations', (base) => mutate.annotations(base, { a: 'b' })),
  view('appended layers', (base) =>
    mutate.appendLayers(base, [random.layer(5000, types.ociLayer, { seed: 3 })]),
  ),
  view('other times', (base) => mutate.time(base, new Date(0))),
  view('one layer of all', (base) => mutate.flatten(base)),
  view("Docker's media types", (base) => mutate.toDocker(base)),
  view('plain layers', (base) => mutate.recompress(base, 'none')),
  view('without a layer', (base) => mutate.removeLayer(base, 0)),
  ...sinks.filter(({ needs }) => needs === undefined).map(readFrom),
];

const children = (): ImageIndex => random.index(500, 1, 2, { seed: 'children' });

/** Every kind of index. */
export const indexSources: readonly IndexSourceKind[] = [
  { name: 'the index without children', open: async () => Promise.resolve(emptyIndex) },
  { name: 'a random index', open: async () => Promise.resolve(children()) },
  {
    name: 'a view: appended manifests',
    open: async () =>
      Promise.resolve(mutate.appendManifests(children(), [{ add: stored() }, { add: children() }])),
  },
  {
    name: 'a view: other images',
    open: async () =>
      Promise.resolve(mutate.mapImages(children(), (image) => mutate.annotations(image, { a: 'b' }))),
  },
  {
    name: 'an index over a cache',
    open: async (directory) =>
      Promise.resolve(cache.imageIndex(children(), cache.newFilesystemCache(path.join(directory, 'cache')))),
  },
  ...sinks.filter(({ needs, indexes }) => needs === undefined && indexes === true).map(readIndexFrom),
];

function readIndexFrom(kind: (typeof sinks)[number]): IndexSourceKind {
  return {
    name: `an index read from ${kind.name}`,
    open: async (directory, closing) => {
      const sink = await kind.open(await mkdtemp(path.join(directory, 'sink-')));
      closing.push(async () => sink.close());
      await sink.writeIndex!(children());
      return sink.readIndex!();
    },
  };
}

function readFrom(kind: (typeof sinks)[number]): SourceKind {
  return {
    name: `an image read from ${kind.name}`,
    open: async (directory, closing) => {
      const sink = await kind.open(await mkdtemp(path.join(directory, 'sink-')));
      closing.push(async () => sink.close());
      await sink.write(original());
      return sink.read();
    },
  };
}

async function layersOfFiles(directory: string): Promise<Image> {
  const file = path.join(await mkdtemp(path.join(directory, 'layers-')), 'layer.tar');
  await writeFile(file, big);
  return mutate.appendLayers(emptyImage, [
    tarball.layerFromFile(file),
    tarball.layerFromOpener(() => chunked(tars[1]!), { compression: 'none' }),
  ]);
}

async function dockerSaved(directory: string): Promise<Image> {
  const file = path.join(await mkdtemp(path.join(directory, 'saved-')), 'saved.tar');
  await writeFile(file, dockerTar(dockerArchive({ layers: tars, tags: ['app:v1'] })));
  return tarball.imageFromPath(file);
}

async function cached(directory: string): Promise<Image> {
  return Promise.resolve(cache.image(stored(), cache.newFilesystemCache(path.join(directory, 'cache'))));
}
