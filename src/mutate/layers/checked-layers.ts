import type { AbortOptions } from '../../internal/async/abort.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { verified } from '../../internal/streams/verify.js';
import { guardStream } from '../../partial/layers/open-stream.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { overrideLayer } from './override-layer.js';
import { statedDiffIds, DIFF_ID_HINT } from '../views/stated-diff-ids.js';

/** Options of everything that checks layers against the config. */
export interface DiffIdOptions {
  /**
   * Reads layers even if their diff IDs do not match the config, or if the config lists more or fewer of them. Docker
   * and containerd refuse to unpack such an image. @default false
   */
  readonly ignoreDiffIds?: boolean | undefined;
}

/**
 * The layers of an image, checked against the config: the stream of a tar fails, instead of ending, if the tar does not
 * have the diff ID that the config lists.
 *
 * @throws ManifestInvalidError if the config has more or fewer diff IDs than the manifest has layers.
 */
export async function checkedLayers(
  image: Image,
  { ignoreDiffIds = false }: DiffIdOptions,
  options: AbortOptions,
): Promise<readonly Layer[]> {
  const layers = await image.layers(options);
  const diffIds = ignoreDiffIds ? undefined : await statedDiffIds(image, options, layers);
  return layers.map((layer, at) => withCheckedDiffId(layer, diffIds?.[at]));
}

/** A layer whose tar is checked against a diff ID. A source that already checks against it is not checked twice. */
export function withCheckedDiffId(layer: Layer, diffId: Hash | undefined): Layer {
  if (diffId === undefined) return layer;
  return overrideLayer(layer, {
    uncompressed: async (options) => {
      const tar = await layer.uncompressed(options);
      if (isVerifiedAs(tar, diffId)) return tar;
      const subject = 'the tar of a layer, with the diff ID that the config has for it';
      return guardStream(verified(tar, { digest: diffId, subject, hint: DIFF_ID_HINT }), options);
    },
  });
}
