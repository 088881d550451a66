import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { isConfig } from '../../v1/types.js';

/** What a config says about its layers; undefined for a layer whose diff ID is computed from its content, which needs no check. */
export type StatedDiffIds = readonly (Hash | undefined)[];

type Ask = (options: AbortOptions) => Promise<StatedDiffIds | undefined>;

const views = new WeakMap<Image, Ask>();

/** Notes how the diff IDs of a view are found without computing those of layers that it makes. */
export function setStatedDiffIds(image: Image, ask: Ask): Image {
  views.set(image, ask);
  return image;
}

/**
 * The diff IDs in the config of an image, which nothing but the config vouches for; undefined for an artifact, whose config
 * is something else.
 *
 * @param known - the layers, if they are known already.
 * @throws ManifestInvalidError if there are not as many as there are layers.
 */
export async function statedDiffIds(
  image: Image,
  options: AbortOptions,
  known?: readonly Layer[],
): Promise<StatedDiffIds | undefined> {
  const ask = views.get(image);
  if (ask !== undefined) return ask(options);
  const layers = known ?? (await image.layers(options));
  // Without a manifest of its own it is an image for which one would have to be made, and no artifact.
  const isListed = layers.some((layer) => layer.descriptor !== undefined);
  if (isListed && !isConfig((await image.manifest(options)).config.mediaType)) return undefined;
  const { diff_ids: diffIds } = (await image.configFile(options)).rootfs;
  return checkCount(diffIds, layers.length);
}

export function checkCount(diffIds: readonly Hash[], layers: number): readonly Hash[] {
  if (diffIds.length === layers) return diffIds;
  throw new ManifestInvalidError(
    `image: the manifest lists ${layers} layers, but the config has ${diffIds.length} diff IDs`,
    { hint: UNHELD_HINT },
  );
}

/** What to do about layers that are not what the config says. */
export const UNHELD_HINT =
  'docker and containerd refuse to unpack such an image; `ignoreDiffIds` reads its layers as the manifest lists them';
