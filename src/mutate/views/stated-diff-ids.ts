import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { isConfig } from '../../v1/types.js';

/**
 * The diff IDs that a config states; undefined for a layer whose diff ID is computed from its content and needs no
 * check.
 */
export type StatedDiffIds = readonly (Hash | undefined)[];

type StatedDiffIdReader = (options: AbortOptions) => Promise<StatedDiffIds | undefined>;

const readers = new WeakMap<Image, StatedDiffIdReader>();

/** Registers how to read the stated diff IDs of a view without computing the diff IDs of layers that the view makes. */
export function setStatedDiffIds(image: Image, read: StatedDiffIdReader): Image {
  readers.set(image, read);
  return image;
}

/**
 * The diff IDs in the config of an image, which have not been checked against the layers; undefined for an artifact,
 * whose config has no diff IDs.
 *
 * @param known - the image's layers, if the caller has them already.
 * @throws ManifestInvalidError if the config has more or fewer diff IDs than the image has layers.
 */
export async function statedDiffIds(
  image: Image,
  options: AbortOptions,
  known?: readonly Layer[],
): Promise<StatedDiffIds | undefined> {
  const read = readers.get(image);
  if (read !== undefined) return read(options);
  const layers = known ?? (await image.layers(options));
  // If no layer is listed, the source has no manifest and would have to make one. Such an image is not an artifact.
  const isListed = layers.some((layer) => layer.descriptor !== undefined);
  if (isListed && !isConfig((await image.manifest(options)).config.mediaType)) return undefined;
  const { diff_ids: diffIds } = (await image.configFile(options)).rootfs;
  return checkCount(diffIds, layers.length);
}

/** @throws ManifestInvalidError if the number of diff IDs is not the number of layers. */
export function checkCount(diffIds: readonly Hash[], layers: number): readonly Hash[] {
  if (diffIds.length === layers) return diffIds;
  throw new ManifestInvalidError(
    `image: the manifest lists ${layers} layers, but the config has ${diffIds.length} diff IDs`,
    { hint: DIFF_ID_HINT },
  );
}

/** The hint for layers that do not match the config. */
export const DIFF_ID_HINT =
  'docker and containerd refuse to unpack such an image; `ignoreDiffIds` reads its layers as the manifest lists them';
