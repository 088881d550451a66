import type { AbortOptions } from '../../internal/async/abort.js';
import { mapImages, type MapImagesOptions } from '../../mutate/views/map-images.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { isConfig, isIndex, isLayer } from '../../v1/types.js';
import type { Found } from '../locations/find.js';
import { type PlatformsOptions, indexForPlatforms } from '../locations/platforms.js';

export interface MapFoundOptions extends PlatformsOptions, Pick<MapImagesOptions, 'maxDepth'> {}

/**
 * Changes an image. If an index was found, changes its image for `platform`. If `platforms` is set, an index stays an
 * index, and every image for one of these platforms is changed. Attestations of these images are kept and refer to the
 * changed images; artifacts are kept, too.
 *
 * @throws NotFoundError if the index has no image for one of the platforms.
 */
export async function mapFound(
  found: Found,
  subject: string,
  change: (image: Image, options: AbortOptions) => Image | Promise<Image>,
  options: MapFoundOptions,
): Promise<Image | ImageIndex> {
  const { platforms, signal, maxDepth } = options;
  if (!isIndex(found.mediaType) || platforms === undefined) {
    return change(await found.image({ signal }), { signal });
  }
  const index = await found.imageIndex({ signal });
  const chosen =
    platforms === 'all'
      ? index
      : await indexForPlatforms(index, subject, platforms, { signal, attestations: true });
  return mapImages(
    chosen,
    async (image, options) => ((await isRunnable(image, options)) ? change(image, options) : image),
    {
      maxDepth,
    },
  );
}

/** Whether an image has a filesystem that a runtime can start. An attestation of BuildKit has a config, with the platform `unknown/unknown`. */
async function isRunnable(image: Image, options: AbortOptions): Promise<boolean> {
  const { config, layers } = await image.manifest(options);
  if (!isConfig(config.mediaType) || !layers.every(({ mediaType }) => isLayer(mediaType))) return false;
  const { os, architecture } = await image.configFile(options);
  return os !== 'unknown' || architecture !== 'unknown';
}
