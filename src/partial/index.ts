/**
 * Makes images, layers and indexes of the few methods that their sources have to implement.
 *
 * A source implements a core: a few methods that read its bytes. Widening a core gives the full interface; derived values
 * are computed once. The namespace also has functions for the derived values themselves, and functions that ask a value
 * for an ability that only some sources have. Functions that change images are in `mutate`.
 *
 * @example
 * ```ts
 * const layer = partial.uncompressedToLayer({ uncompressed: async () => createReadStream('rootfs.tar') });
 * console.log(await layer.digest(), await layer.diffId());
 * ```
 *
 * @packageDocumentation
 */
export {
  artifactType,
  compressedFrom,
  compressedRange,
  configLayer,
  type Describable,
  descriptor,
  exists,
  mountFrom,
  uncompressedSize,
} from './capabilities.js';
export { compressedToImage, type CompressedImageOptions } from './compressed-image.js';
export { compressedToLayer } from './layers/compressed-layer.js';
export {
  configFile,
  configName,
  diffIds,
  rawConfigFile,
  type WithConfigFile,
  type WithRawConfigFile,
} from './config-values.js';
export type {
  CompressedImageCore,
  CompressedLayer,
  ImageCore,
  IndexCore,
  LayerAbilities,
  UncompressedImageCore,
  UncompressedLayer,
} from './layers/cores.js';
export type { DecompressionLimits } from './layers/decompression-limits.js';
export { embeddedData } from './embedded-data.js';
export { type DescriptorMatcher, findImages, findIndexes, findManifests } from './find.js';
export {
  computeManifests,
  type ComputeManifestsOptions,
  manifests,
  type WithManifests,
} from './index-children.js';
export { imageSize } from './image-size.js';
export { indexFromCore } from './index-from-core.js';
export type { LayerCompression, LayerCompressionOptions } from './layers/layer-compression.js';
export { blobToDiffId, diffIdToBlob, type WithManifestAndConfigFile } from './layer-mapping.js';
export {
  layerFromFile,
  layerFromOpener,
  type LayerSourceOptions,
  type Opener,
} from './layers/layer-source.js';
export {
  blobDescriptor,
  blobSize,
  digest,
  fsLayers,
  manifest,
  rawManifest,
  size,
  type WithManifest,
  type WithRawManifest,
} from './manifest-values.js';
export { uncompressedToImage, type UncompressedImageOptions } from './uncompressed-image.js';
export { uncompressedToLayer } from './layers/uncompressed-layer.js';
