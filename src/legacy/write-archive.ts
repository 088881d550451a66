import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { compareUtf8 } from '../internal/json/go-json.js';
import { goMap, goString } from '../internal/json/go-types.js';
import type { TarWriter } from '../internal/tar/tar.js';
import { blobToDiffId } from '../partial/layer-mapping.js';
import { blobDescriptor } from '../partial/manifest-values.js';
import type { ArchiveDescriptor } from '../tarball/documents/archive-manifest.js';
import { marshalArchiveManifest } from '../tarball/documents/marshal-manifest.js';
import type { TaggedImage } from '../tarball/documents/repo-tags.js';
import { streamSpools, type StreamSpools } from '../tarball/write/stream-spools.js';
import type { History } from '../v1/config-file.js';
import type { Descriptor } from '../v1/descriptor.js';
import { hashHex } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import { isDistributable } from '../v1/types.js';
import { layerConfigFile, marshalLayerConfigFile } from './layer-config-file.js';
import { type ReadableLayer, readableLayers, writeLayerTar } from './layer-tar.js';

const VERSION = Buffer.from('1.0');

/** Maps repositories to tags, and tags to the IDs of the topmost layers. */
type Repositories = Map<string, Map<string, string>>;

/** Writes images in the order of their configs' digests, and then the files that list them. */
export async function writeArchive(
  images: readonly TaggedImage[],
  tar: TarWriter,
  options: AbortOptions,
): Promise<void> {
  const spools = streamSpools();
  try {
    await writeImages(await readableImages(images, spools, options), tar, options);
  } finally {
    await spools.close();
  }
}

interface ReadableImage extends TaggedImage {
  readonly id: string;
  readonly layers: readonly ReadableLayer[];
}

/** Reads the one-shot streams of the images, because the digest of a config is known only afterwards. */
async function readableImages(
  images: readonly TaggedImage[],
  spools: StreamSpools,
  options: AbortOptions,
): Promise<readonly ReadableImage[]> {
  const found: ReadableImage[] = [];
  for (const tagged of images) {
    const layers = await readableLayers(tagged.image, spools, options);
    found.push({ ...tagged, layers, id: hashHex(await tagged.image.configName(options)) });
  }
  return found.sort((a, b) => compareUtf8(a.id, b.id));
}

async function writeImages(
  images: readonly ReadableImage[],
  tar: TarWriter,
  options: AbortOptions,
): Promise<void> {
  const written = new Set<string>();
  const repositories: Repositories = new Map();
  const manifest: ArchiveDescriptor[] = [];
  for (const { image, tags, id, layers: readableImages } of images) {
    const config = `${id}.json`;
    await tar.add({ name: config }, await image.rawConfigFile(options));
    const layers = await writeLayers(image, readableImages, tar, written, options);
    const top = layers.at(-1);
    if (top !== undefined) addTags(repositories, tags ?? [], top);
    manifest.push({
      Config: config,
      RepoTags: tags,
      Layers: layers.map((layer) => `${layer}/layer.tar`),
      LayerSources: await foreignLayers(image, options),
    });
  }
  await tar.add({ name: 'manifest.json' }, marshalArchiveManifest(manifest));
  await tar.add({ name: 'repositories' }, marshalRepositories(repositories));
}

/** Writes the layers that the archive does not contain yet. Returns the IDs of all layers, the base first. */
async function writeLayers(
  image: Image,
  layers: readonly ReadableLayer[],
  tar: TarWriter,
  written: Set<string>,
  options: AbortOptions,
): Promise<readonly string[]> {
  const config = await image.configFile(options);
  const rawConfig = await image.rawConfigFile(options);
  const steps = stepsOf(config.history ?? [], layers.length);
  const ids: string[] = [];
  for (const [at, readableImages] of layers.entries()) {
    const { layer } = readableImages;
    const top = at === layers.length - 1 ? { config, rawConfig } : undefined;
    const digest = await layer.digest(options);
    const described = layerConfigFile(digest, ids.at(-1) ?? '', steps[at] ?? {}, top);
    const { id } = described;
    ids.push(id);
    if (written.has(id)) continue;
    written.add(id);
    const diffId = config.rootfs.diff_ids[at] ?? (await layer.diffId(options));
    await writeLayerTar(readableImages, diffId, `${id}/layer.tar`, tar, options);
    await tar.add({ name: `${id}/json` }, marshalLayerConfigFile(described));
    await tar.add({ name: `${id}/VERSION` }, VERSION);
  }
  return ids;
}

/** The steps of the history that made a layer. */
function stepsOf(history: readonly History[], layerCount: number): readonly History[] {
  const steps = history.filter(({ empty_layer: empty }) => empty !== true);
  if (steps.length !== 0 && steps.length !== layerCount) {
    throw new ManifestInvalidError(`the history has ${steps.length} layers, but the image has ${layerCount}`);
  }
  return steps;
}

async function foreignLayers(
  image: Image,
  options: AbortOptions,
): Promise<Readonly<Record<string, Descriptor>>> {
  const sources: Record<string, Descriptor> = {};
  for (const { digest, mediaType } of (await image.manifest(options)).layers) {
    if (isDistributable(mediaType)) continue;
    sources[await blobToDiffId(image, digest, options)] = await blobDescriptor(image, digest, options);
  }
  return sources;
}

function addTags(repositories: Repositories, tags: readonly string[], layer: string): void {
  for (const name of tags) {
    const colon = name.lastIndexOf(':');
    const repository = name.slice(0, colon);
    const tagged = repositories.get(repository) ?? new Map<string, string>();
    repositories.set(repository, tagged.set(name.slice(colon + 1), layer));
  }
}

function marshalRepositories(repositories: Repositories): Uint8Array {
  const plain = Object.fromEntries(
    [...repositories].map(([repository, tags]) => [repository, Object.fromEntries(tags)] as const),
  );
  return Buffer.from(goMap(goMap(goString)).encode(plain, ''));
}
