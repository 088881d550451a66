import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import { configLayer } from '../../partial/capabilities.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { progressReporter, type ReportedBlob } from '../../v1/progress.js';
import { isDistributable, isSchema1 } from '../../v1/types.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { isKnownBlob } from '../read/has-blob.js';
import { ifComputed } from '../../partial/known-digest.js';
import { withMountScopes, writeBlob } from './blob.js';
import { contentOnce } from './content-once.js';
import { hasManifest } from './has-manifest.js';
import { relinkSubject } from './link-subject.js';
import { putManifest, reportManifest } from './put-manifest.js';
import { checkIdentifier, toOutgoingManifest } from './taggable.js';

/**
 * Pushes an image under a tag, or by its digest if there is no identifier: blobs first, in parallel and the largest
 * first, then the manifest. If the registry has the manifest under this name, nothing is sent. If the repository has it
 * under another name, only the manifest is put.
 */
export async function pushImage(
  repositoryWriter: RepositoryWriter,
  image: Image,
  identifier: string | undefined,
  options: AbortOptions,
): Promise<void> {
  const layers = await image.layers(options);
  const writer = withMountScopes(repositoryWriter, layers);
  const digest = await ifComputed(image.digest(options));
  if (digest !== undefined) {
    checkIdentifier(identifier, digest);
    const target = identifier ?? digest;
    if (await hasManifest(writer, target, digest, options)) {
      const existing = await toOutgoingManifest(image, options);
      await relinkSubject(writer, existing, options);
      reportManifest(writer, existing, target, 'existing');
      return;
    }
    await contentOnce(
      writer,
      digest,
      async (options) => {
        if (target !== digest && (await isUnderOtherName(writer, image, digest, options))) return;
        await writeBlobs(writer, image, layers, digest, options);
      },
      options,
    );
    await putManifest(writer, await toOutgoingManifest(image, options), target, options);
    return;
  }
  await writeBlobs(writer, image, layers, undefined, options);
  const manifest = await toOutgoingManifest(image, options);
  await putManifest(writer, manifest, identifier ?? manifest.digest, options);
}

/**
 * Whether the repository has the manifest under another name. If its config does not exist, the manifest does not
 * either. That request costs nothing, because the push needs to know whether the config exists.
 */
async function isUnderOtherName(
  writer: RepositoryWriter,
  image: Image,
  digest: Hash,
  options: AbortOptions,
): Promise<boolean> {
  const { repository, found, scopes } = writer;
  const config = isSchema1(await image.mediaType(options)) ? undefined : await configLayer(image, options);
  const isMountable = config?.mountFrom?.()?.registry === repository.registryStr();
  if (config !== undefined && !isMountable) {
    const configDigest = await config.digest(options);
    const exists = await isKnownBlob(writer, configDigest, scopes, options);
    found.set(configDigest, exists);
    if (!exists) return false;
  }
  return hasManifest(writer, digest, digest, options);
}

async function writeBlobs(
  writer: RepositoryWriter,
  image: Image,
  layers: readonly Layer[],
  digest: Hash | undefined,
  options: AbortOptions,
): Promise<void> {
  const { repository, settings } = writer;
  const { jobs } = settings;
  const sized = await largestFirst(await distributable(writer, layers, options), options);
  const wanted = sized.map(({ layer }) => layer);
  const progress = progressReporter('registry', repository.name(), settings.onProgress);
  const blobs = sized.map(({ digest, size }) => ({ digest, size }));
  const configName = await ifComputed(image.configName(options));
  const images = isSchema1(await image.mediaType(options)) ? [] : [image];
  const configs = async (): Promise<Layer[]> =>
    Promise.all(images.map(async (of) => configLayer(of, options)));
  const write = async (layer: Layer, { signal }: AbortOptions): Promise<void> =>
    writeBlob(writer, layer, { signal });

  if (configName !== undefined) {
    const known = await configs();
    for (const config of known) blobs.push({ digest: configName, size: await config.size(options) });
    progress.plan({ digest, blobs });
    await mapLimit([...wanted, ...known], jobs, write, options);
    return;
  }
  progress.plan({ digest, blobs });
  // The config depends on streamed layers, so it is known only after they were read.
  await mapLimit(wanted, jobs, write, options);
  await mapLimit(await configs(), jobs, write, options);
}

/** The layers to push, each digest once: without the layers that must not be distributed, unless options allow them. */
async function distributable(
  { settings, repository }: RepositoryWriter,
  layers: readonly Layer[],
  options: AbortOptions,
): Promise<Layer[]> {
  const wanted = new Map<Layer | Hash, Layer>();
  for (const layer of new Set(layers)) {
    const digest = await ifComputed(layer.digest(options));
    if (settings.nondistributable || isDistributable(await layer.mediaType(options))) {
      if (!wanted.has(digest ?? layer)) wanted.set(digest ?? layer, layer);
    } else {
      progressReporter('registry', repository.name(), settings.onProgress).blob('skipped', { digest }, 0);
    }
  }
  return [...wanted.values()];
}

interface SizedLayer extends ReportedBlob {
  readonly layer: Layer;
}

/** Sorts layers by size. A streamed layer, whose size is unknown, counts as the largest. */
async function largestFirst(layers: readonly Layer[], options: AbortOptions): Promise<readonly SizedLayer[]> {
  const sized = await Promise.all(
    layers.map(async (layer) => ({
      layer,
      digest: await ifComputed(layer.digest(options)),
      size: await ifComputed(layer.size(options)),
    })),
  );
  const rank = ({ size = Infinity }: SizedLayer): number => size;
  return sized.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}
