import type { AbortOptions } from '../../internal/async/abort.js';
import { flatten as flattenImage, type FlattenOptions as ImageOptions } from '../../mutate/flatten.js';
import { removeManifests } from '../../mutate/views/index-children.js';
import { mapImages } from '../../mutate/views/map-images.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { isConfig, isLayer } from '../../v1/types.js';
import { find } from '../locations/find.js';
import { formatLocation, type Place } from '../locations/location.js';
import type { CraneOptions } from '../locations/options.js';
import { type PlatformsOptions, wholeFor } from '../locations/platforms.js';
import type { Pushed } from '../locations/push-from.js';
import { targetFor } from '../locations/target.js';
import { writeTo } from '../locations/write-to.js';

export interface FlattenOptions extends CraneOptions, ImageOptions {
  /** Where the result goes. @default where the image is; a reference by digest gets the new digest */
  readonly tag?: Place | undefined;
  /** Flattens these images of an index alone, and leaves the others out; `all` keeps all. @default `platform` */
  readonly platforms?: PlatformsOptions['platforms'];
  /** Cap on the nesting of indexes. @default 16 */
  readonly maxDepth?: number | undefined;
}

/**
 * Makes one layer of all those of an image and pushes the result. Of an index every image is flattened, or with
 * `platform` only the image for it; artifacts in it stay, but attestations, which tell of layers that are gone, are left out.
 *
 * @see {@link flattenImage} for what is kept.
 */
export async function flatten(place: Place, options: FlattenOptions = {}): Promise<Pushed> {
  const {
    tag,
    maxDepth,
    created,
    createdBy,
    compression,
    compressionLevel,
    climbingLinks,
    maxEntries,
    maxBytes,
    ignoreDiffIds,
    ...crane
  } = options;
  const how = {
    created,
    createdBy,
    compression,
    compressionLevel,
    climbingLinks,
    maxEntries,
    maxBytes,
    ignoreDiffIds,
  };
  const target = targetFor(place, tag);
  const found = await find(place, crane);
  const subject = typeof place === 'string' ? place : formatLocation(place);
  const content = await wholeFor(found, subject, crane);
  const flat = isImageIndex(content) ? flattenIndex(content, how, maxDepth) : flattenImage(content, how);
  return writeTo(flat, target, crane);
}

function flattenIndex(index: ImageIndex, how: ImageOptions, maxDepth: number | undefined): ImageIndex {
  const images = removeManifests(
    index,
    ({ platform }) => platform?.os === 'unknown' && platform.architecture === 'unknown',
  );
  return mapImages(
    images,
    async (image, options) => ((await hasFilesystem(image, options)) ? flattenImage(image, how) : image),
    { maxDepth },
  );
}

async function hasFilesystem(image: Image, options: AbortOptions): Promise<boolean> {
  const { config, layers } = await image.manifest(options);
  return isConfig(config.mediaType) && layers.every(({ mediaType }) => isLayer(mediaType));
}
