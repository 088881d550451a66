import type { AbortOptions } from '../../internal/async/abort.js';
import type { Config, ConfigFile } from '../../v1/config-file.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Manifest } from '../../v1/manifest.js';
import { platformOf } from '../../v1/platform-match.js';
import type { InspectedImage, InspectedLayer } from './inspection.js';

/** Describes an image. In a registry, this fetches its config. */
export async function describeImage(image: Image, options: AbortOptions): Promise<InspectedImage> {
  const manifest = await image.manifest(options);
  const configFile = await image.configFile(options);
  const { config } = configFile;
  const digest = await image.digest(options);
  const { created, author } = configFile;
  return {
    digest,
    configDigest: manifest.config.digest,
    platform: platformOf(configFile),
    size: totalOf(blobSizes(digest, await image.size(options), manifest)),
    created: created === '' ? undefined : created,
    author: author === '' ? undefined : author,
    layers: layersOf(manifest, configFile),
    ...valuesOf(config),
  };
}

function valuesOf(
  config: Config,
): Pick<
  InspectedImage,
  'entrypoint' | 'cmd' | 'env' | 'user' | 'workingDir' | 'ports' | 'volumes' | 'labels'
> {
  return {
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    env: config.Env ?? [],
    user: config.User ?? '',
    workingDir: config.WorkingDir ?? '',
    ports: Object.keys(config.ExposedPorts ?? {}),
    volumes: Object.keys(config.Volumes ?? {}),
    labels: config.Labels ?? {},
  };
}

/** The layers with the commands that made them. A history with another number of layers would name wrong commands. */
function layersOf({ layers }: Manifest, { history = [] }: ConfigFile): readonly InspectedLayer[] {
  const steps = history.filter(({ empty_layer: isEmpty }) => isEmpty !== true);
  const isComplete = steps.length === layers.length;
  return layers.map(({ digest, size, mediaType }, at) => {
    const createdBy = isComplete ? steps[at]?.created_by : undefined;
    return { digest, size, mediaType, createdBy: createdBy === '' ? undefined : createdBy };
  });
}

/** The size of a manifest and of each blob that it lists, by digest. */
export function blobSizes(
  digest: Hash,
  size: number,
  { config, layers }: Pick<Manifest, 'config' | 'layers'>,
): ReadonlyMap<Hash, number> {
  return new Map([[digest, size], ...[config, ...layers].map((blob) => [blob.digest, blob.size] as const)]);
}

export function totalOf(sizes: ReadonlyMap<Hash, number>): number {
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
