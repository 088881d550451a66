import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import { configLayer } from '../../partial/capabilities.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { isDistributable, isSchema1 } from '../../v1/types.js';
import { isKnownBlob } from '../read/has-blob.js';
import { hasManifest } from './has-manifest.js';
import { relinkSubject } from './link-subject.js';
import { putManifest, report } from './put-manifest.js';
import { forMounting } from './run.js';
import { checkIdentifier, outgoing } from './taggable.js';
import { computed, type PushRun, writeBlob } from './blob.js';

/**
 * Pushes an image under a tag, or by its digest if there is no identifier: blobs first, side by side,
 * the largest in front; the manifest last. Ends at once if the registry has the manifest there already, and
 * only adds the tag if it has it elsewhere in the repository.
 */
export async function pushImage(
  bare: PushRun,
  image: Image,
  identifier: string | undefined,
  options: AbortOptions,
): Promise<void> {
  const layers = await image.layers(options);
  const run = forMounting(bare, layers);
  const digest = await computed(image.digest(options));
  if (digest !== undefined) {
    checkIdentifier(identifier, digest);
    const target = identifier ?? digest;
    if (await hasManifest(run, target, digest, options)) {
      const existing = await outgoing(image, options);
      await relinkSubject(run, existing, options);
      report(run, existing, target, 'existing');
      return;
    }
    if (target !== digest && (await isElsewhere(run, image, digest, options))) {
      await putManifest(run, await outgoing(image, options), target, options);
      return;
    }
  }
  await writeBlobs(run, image, layers, options);
  const manifest = await outgoing(image, options);
  await putManifest(run, manifest, identifier ?? manifest.digest, options);
}

/**
 * Whether the repository has the manifest under another name. A config that is not there says no
 * without a request of its own, since the config has to be looked for anyway.
 */
async function isElsewhere(
  run: PushRun,
  image: Image,
  digest: Hash,
  options: AbortOptions,
): Promise<boolean> {
  const { access, found } = run;
  const config = isSchema1(await image.mediaType(options)) ? undefined : await configLayer(image, options);
  const mountable = config?.mountFrom?.()?.registry === access.repository.registryStr();
  if (config !== undefined && !mountable) {
    const name = await config.digest(options);
    const there = await isKnownBlob(access, name, access.scopes, options);
    found.set(name, there);
    if (!there) return false;
  }
  return hasManifest(run, digest, digest, options);
}

async function writeBlobs(
  run: PushRun,
  image: Image,
  layers: readonly Layer[],
  options: AbortOptions,
): Promise<void> {
  const { jobs } = run.access.settings;
  const wanted = await largestFirst(await distributable(run, layers, options), options);
  // A config that is made from streamed layers is known once they are through.
  const early = await computed(image.configName(options));
  const config = isSchema1(await image.mediaType(options)) ? [] : [image];
  const write = async (layer: Layer, { signal }: AbortOptions): Promise<void> =>
    writeBlob(run, layer, { signal });

  const first =
    early === undefined ? [] : await Promise.all(config.map(async (of) => configLayer(of, options)));
  await mapLimit([...wanted, ...first], jobs, write, options);
  if (early !== undefined) return;
  const late = await Promise.all(config.map(async (of) => configLayer(of, options)));
  await mapLimit(late, jobs, write, options);
}

/** Without the layers that stay behind, and each digest once. */
async function distributable(
  run: PushRun,
  layers: readonly Layer[],
  options: AbortOptions,
): Promise<Layer[]> {
  const { settings, repository } = run.access;
  const wanted = new Map<Layer | Hash, Layer>();
  for (const layer of new Set(layers)) {
    const digest = await computed(layer.digest(options));
    if (settings.nondistributable || isDistributable(await layer.mediaType(options))) {
      if (!wanted.has(digest ?? layer)) wanted.set(digest ?? layer, layer);
    } else {
      const target = repository.name();
      settings.onProgress({
        kind: 'blob',
        sink: 'registry',
        state: 'skipped',
        target,
        digest,
        transferred: 0,
      });
    }
  }
  return [...wanted.values()];
}

async function largestFirst(layers: readonly Layer[], options: AbortOptions): Promise<Layer[]> {
  const sized = await Promise.all(
    layers.map(async (layer) => ({ layer, size: (await computed(layer.size(options))) ?? Infinity })),
  );
  return sized.sort((a, b) => (a.size === b.size ? 0 : b.size - a.size)).map(({ layer }) => layer);
}
