import { assertContent } from '../v1/assert-content.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { MediaType } from '../v1/media-type.js';
import {
  dockerManifestList,
  dockerManifestSchema2,
  isConfig,
  isDistributable,
  ociConfigJson,
  ociImageIndex,
  ociManifestSchema1,
  ociVendorPrefix,
} from '../v1/types.js';
import { type Family, inFamily } from './views/family.js';
import { changedImage, type LayerSlot } from './views/image-view.js';
import { slotWithMediaType } from './layers/slots.js';
import { mapImages, type MapImagesOptions } from './views/map-images.js';

/** Options for the conversion of an index. */
export type ConvertOptions = Pick<MapImagesOptions, 'maxDepth'>;

/**
 * Changes all media types of an image, or of an index and all its images, to OCI's. The bytes of layers and configs
 * stay the same.
 */
export function toOci(base: Image): Image;
export function toOci(base: ImageIndex, options?: ConvertOptions): ImageIndex;
export function toOci(base: Image | ImageIndex, options: ConvertOptions = {}): Image | ImageIndex {
  assertContent('base', base);
  return isImageIndex(base) ? convertIndex(base, 'oci', options) : convertImage(base, 'oci');
}

/**
 * Changes all media types of an image, or of an index and its images, to Docker's. Layers in zstd keep OCI's media
 * type, because Docker has none. Artifacts in an index are not changed.
 *
 * @throws UnsupportedError when the result is read, if the image is an artifact, or has a foreign layer in a
 *   compression for which Docker has no media type.
 */
export function toDocker(base: Image): Image;
export function toDocker(base: ImageIndex, options?: ConvertOptions): ImageIndex;
export function toDocker(base: Image | ImageIndex, options: ConvertOptions = {}): Image | ImageIndex {
  assertContent('base', base);
  return isImageIndex(base) ? convertIndex(base, 'docker', options) : convertImage(base, 'docker');
}

function convertIndex(base: ImageIndex, family: Family, { maxDepth }: ConvertOptions): ImageIndex {
  return mapImages(base, (image) => convertImage(image, family), {
    maxDepth,
    mediaType: () => (family === 'oci' ? ociImageIndex : dockerManifestList),
    // BuildKit's attestations, whose blobs are not layers, exist only with OCI's media types.
    maps: ({ platform, artifactType }) =>
      family === 'oci' || (isConfig(artifactType ?? ociConfigJson) && platform?.os !== 'unknown'),
  });
}

function convertImage(base: Image, family: Family): Image {
  const type = (mediaType: MediaType): MediaType => inFamily(mediaType, family);
  return changedImage(base, {
    mediaType: family === 'oci' ? ociManifestSchema1 : dockerManifestSchema2,
    configMediaType: type,
    layers: async (slots, options) => {
      if (family === 'docker') await checkDocker(base, slots, options);
      return slots.map((slot) => slotWithMediaType(slot, type));
    },
  });
}

async function checkDocker(base: Image, slots: readonly LayerSlot[], options: AbortOptions): Promise<void> {
  const { config } = await base.manifest(options);
  if (!isConfig(config.mediaType)) {
    throw new UnsupportedError(
      `an artifact with a config of type ${config.mediaType} has no form of Docker's`,
    );
  }
  for (const slot of slots) {
    const { mediaType } = await slot.descriptor(options);
    const foreign = !isDistributable(mediaType) && mediaType.includes(ociVendorPrefix);
    if (foreign && inFamily(mediaType, 'docker') === mediaType) {
      throw new UnsupportedError(`a layer of type ${mediaType} has no form of Docker's`);
    }
  }
}
