import { ManifestInvalidError } from '../errors/manifest-invalid.js';
import type { AbortOptions } from '../internal/abort.js';
import { compareUtf8 } from '../internal/go-json.js';
import { goMap, goString } from '../internal/go-types.js';
import { spool } from '../internal/spool.js';
import type { TarWriter } from '../internal/tar.js';
import { blobToDiffId } from '../partial/layer-mapping.js';
import { blobDescriptor } from '../partial/manifest-values.js';
import type { ArchiveDescriptor } from '../tarball/archive-manifest.js';
import { marshalArchiveManifest } from '../tarball/marshal-archive-manifest.js';
import type { TaggedImage } from '../tarball/repo-tags.js';
import type { History } from '../v1/config-file.js';
import type { Descriptor } from '../v1/descriptor.js';
import { hashHex } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { isDistributable } from '../v1/types.js';
import { layerConfigFile, marshalLayerConfigFile } from './layer-config-file.js';

const VERSION = Buffer.from('1.0');

/** Repository to tag to the ID of the topmost layer. */
type Repositories = Map<string, Map<string, string>>;

/** Writes images, in the order of their configs' digests, and what lists them. */
export async function writeArchive(
  images: readonly TaggedImage[],
  tar: TarWriter,
  options: AbortOptions,
): Promise<void> {
  const named = await Promise.all(
    images.map(async (tagged) => ({ ...tagged, id: hashHex(await tagged.image.configName(options)) })),
  );
  named.sort((a, b) => compareUtf8(a.id, b.id));
  const written = new Set<string>();
  const repositories: Repositories = new Map();
  const manifest: ArchiveDescriptor[] = [];
  for (const { image, tags, id } of named) {
    const config = `${id}.json`;
    await tar.add({ name: config }, await image.rawConfigFile(options));
    const layers = await writeLayers(image, tar, written, options);
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

/** Writes the layers that are not there yet; gives the old IDs of all, the base first. */
async function writeLayers(
  image: Image,
  tar: TarWriter,
  written: Set<string>,
  options: AbortOptions,
): Promise<readonly string[]> {
  const layers = await image.layers(options);
  const config = await image.configFile(options);
  const rawConfig = await image.rawConfigFile(options);
  const steps = stepsOf(config.history ?? [], layers.length);
  const ids: string[] = [];
  for (const [at, layer] of layers.entries()) {
    const top = at === layers.length - 1 ? { config, rawConfig } : undefined;
    const digest = await layer.digest(options);
    const described = layerConfigFile(digest, ids.at(-1) ?? '', steps[at] ?? {}, top);
    const { id } = described;
    ids.push(id);
    if (written.has(id)) continue;
    written.add(id);
    await writeLayer(layer, `${id}/layer.tar`, tar, options);
    await tar.add({ name: `${id}/json` }, marshalLayerConfigFile(described));
    await tar.add({ name: `${id}/VERSION` }, VERSION);
  }
  return ids;
}

/** A tar comes after its size, which for a compressed layer is known only when it was read. */
async function writeLayer(layer: Layer, name: string, tar: TarWriter, options: AbortOptions): Promise<void> {
  if (layer.uncompressedSize !== undefined) {
    const size = await layer.uncompressedSize(options);
    await tar.add({ name, size }, await layer.uncompressed(options));
    return;
  }
  const plain = await spool(await layer.uncompressed(options), options);
  try {
    await tar.add({ name, size: plain.size }, plain.open());
  } finally {
    await plain.close();
  }
}

/** The history without steps that made no layer. */
function stepsOf(history: readonly History[], layerCount: number): readonly History[] {
  const steps = history.filter(({ empty_layer: empty }) => empty !== true);
  if (steps.length !== 0 && steps.length !== layerCount) {
    throw new ManifestInvalidError(
      `the history tells of ${steps.length} layers, but the image has ${layerCount}`,
    );
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
