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
import { retyped } from './layers/slots.js';
import { mapImages, type MapImagesOptions } from './views/map-images.js';

export type ConvertOptions = Pick<MapImagesOptions, 'maxDepth'>;

/**
 * Gives an image, or an index and all images in it, OCI's media types throughout. Not one byte of a layer or config changes.
 */
export function toOci(base: Image): Image;
export function toOci(base: ImageIndex, options?: ConvertOptions): ImageIndex;
export function toOci(base: Image | ImageIndex, options: ConvertOptions = {}): Image | ImageIndex {
  return isImageIndex(base) ? convertedIndex(base, 'oci', options) : converted(base, 'oci');
}

/**
 * Gives an image, or an index and the images in it, Docker's media types throughout. Layers in zstd keep OCI's type, as
 * Docker has none. Artifacts in an index stay what they are.
 *
 * @throws UnsupportedError when the result is read, for an artifact, and for foreign layers
 *   in a form that Docker does not know.
 */
export function toDocker(base: Image): Image;
export function toDocker(base: ImageIndex, options?: ConvertOptions): ImageIndex;
export function toDocker(base: Image | ImageIndex, options: ConvertOptions = {}): Image | ImageIndex {
  return isImageIndex(base) ? convertedIndex(base, 'docker', options) : converted(base, 'docker');
}

function convertedIndex(base: ImageIndex, family: Family, { maxDepth }: ConvertOptions): ImageIndex {
  return mapImages(base, (image) => converted(image, family), {
    maxDepth,
    mediaType: () => (family === 'oci' ? ociImageIndex : dockerManifestList),
    // An attestation of BuildKit's, whose blobs are no layers, exists in OCI's form only.
    maps: ({ platform, artifactType }) =>
      family === 'oci' || (isConfig(artifactType ?? ociConfigJson) && platform?.os !== 'unknown'),
  });
}

function converted(base: Image, family: Family): Image {
  const type = (mediaType: MediaType): MediaType => inFamily(mediaType, family);
  return changedImage(base, {
    mediaType: family === 'oci' ? ociManifestSchema1 : dockerManifestSchema2,
    configMediaType: type,
    layers: async (slots, options) => {
      if (family === 'docker') await checkDocker(base, slots, options);
      return slots.map((slot) => retyped(slot, type));
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
