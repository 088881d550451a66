import type { AbortOptions } from '../../internal/async/abort.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { verified } from '../../internal/streams/verify.js';
import { handOut } from '../../partial/layers/open-stream.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { layerWith } from './with.js';
import { statedDiffIds, UNHELD_HINT } from '../views/stated-diff-ids.js';

export interface DiffIdOptions {
  /**
   * Reads layers although the config says something else about them: other diff IDs, too many, or none. Docker and containerd
   * refuse to unpack such an image. @default false
   */
  readonly ignoreDiffIds?: boolean | undefined;
}

/**
 * The layers of an image, which fail instead of ending if their content is not what the config says.
 *
 * @throws ManifestInvalidError if the config does not have as many diff IDs as there are layers.
 */
export async function checkedLayers(
  image: Image,
  { ignoreDiffIds = false }: DiffIdOptions,
  options: AbortOptions,
): Promise<readonly Layer[]> {
  const layers = await image.layers(options);
  const diffIds = ignoreDiffIds ? undefined : await statedDiffIds(image, options, layers);
  return layers.map((layer, at) => heldTo(layer, diffIds?.[at]));
}

/** A layer whose tar is checked against a diff ID, unless that is done where it comes from. */
export function heldTo(layer: Layer, diffId: Hash | undefined): Layer {
  if (diffId === undefined) return layer;
  return layerWith(layer, {
    uncompressed: async (options) => {
      const tar = await layer.uncompressed(options);
      if (isVerifiedAs(tar, diffId)) return tar;
      const subject = 'the tar of a layer, with the diff ID that the config has for it';
      return handOut(verified(tar, { digest: diffId, subject, hint: UNHELD_HINT }), options);
    },
  });
}
