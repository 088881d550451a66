import type { AbortOptions } from '../../internal/async/abort.js';
import { flatten as flattenImage, type FlattenOptions as ImageOptions } from '../../mutate/flatten.js';
import { removeManifests } from '../../mutate/views/index-children.js';
import { mapImages } from '../../mutate/views/map-images.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { isConfig, isLayer } from '../../v1/types.js';
import { assertSource, foundFrom, type ImageSource, locationIn, sourceText } from '../locations/source.js';
import type { ImageLocation } from '../names/location.js';
import type { CraneOptions } from '../names/options.js';
import { contentFor } from '../locations/platforms.js';
import type { Pushed } from '../locations/pushed.js';
import { sharedConnection } from '../names/shared-connection.js';
import { reportReads } from '../locations/report-reads.js';
import { targetFor } from '../names/target.js';
import { writeTo } from '../locations/write-to.js';

/** What is flattened, and where the result is written. */
export interface FlattenOptions extends CraneOptions, ImageOptions {
  /** Where the result is written. @default the image's location; a reference by digest gets the new digest */
  readonly tag?: ImageLocation | undefined;
  /**
   * Flattens only the images of an index for these platforms, and leaves out the others; `all` flattens every image.
   *
   * @default `platform`
   */
  readonly platforms?: readonly (Platform | string)[] | 'all' | undefined;
  /** Cap on the depth of nested indexes. @default 16 */
  readonly maxDepth?: number | undefined;
}

/**
 * Merges all layers of an image, or of the image at a location, into one and pushes the result. Of an index, every image is
 * flattened, or only the image for `platform`. Artifacts in the index stay. Attestations are left out, because they describe
 * layers that no longer exist.
 *
 * @throws TypeError for an image that is given without `tag`, which says where the result is written.
 * @see `mutate.flatten` for what an image keeps.
 */
export async function flatten(source: ImageSource, options: FlattenOptions = {}): Promise<Pushed> {
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
    ...given
  } = options;
  const imageOptions = {
    created,
    createdBy,
    compression,
    compressionLevel,
    climbingLinks,
    maxEntries,
    maxBytes,
    ignoreDiffIds,
  };
  assertSource(source);
  const target = targetFor(source, tag);
  const craneOptions = { ...given, reuse: sharedConnection([locationIn(source), target], given) };
  const found = await foundFrom(source, craneOptions);
  const subject = sourceText(source);
  const content = reportReads(await contentFor(found, subject, craneOptions), subject, options.onProgress);
  const flat = isImageIndex(content)
    ? flattenIndex(content, imageOptions, maxDepth)
    : flattenImage(content, imageOptions);
  return writeTo(flat, target, craneOptions);
}

function flattenIndex(
  index: ImageIndex,
  imageOptions: ImageOptions,
  maxDepth: number | undefined,
): ImageIndex {
  const images = removeManifests(
    index,
    ({ platform }) => platform?.os === 'unknown' && platform.architecture === 'unknown',
  );
  return mapImages(
    images,
    async (image, options) =>
      (await hasFilesystem(image, options)) ? flattenImage(image, imageOptions) : image,
    { maxDepth },
  );
}

async function hasFilesystem(image: Image, options: AbortOptions): Promise<boolean> {
  const { config, layers } = await image.manifest(options);
  return isConfig(config.mediaType) && layers.every(({ mediaType }) => isLayer(mediaType));
}
