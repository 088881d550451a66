/**
 * Reads and writes archives of images: tars as `docker save` and `docker load` know them, and OCI layouts
 * in a tar. Layouts in a folder are in `layout`.
 *
 * ```ts
 * const image = await tarball.imageFromPath('saved.tar', { tag: 'app:v1' });
 * await tarball.writeToFile('copy.tar', name.newTag('app:v2'), image);
 * ```
 *
 * @packageDocumentation
 */
export {
  layerFromFile,
  layerFromOpener,
  type LayerSourceOptions,
  type Opener,
} from '../partial/layer-source.js';
export type { Selection } from '../partial/stored-images.js';
export type { Archive, ArchiveImage, ArchiveWarning, OpenOptions } from './archive.js';
export type { ArchiveDescriptor as Descriptor, ArchiveManifest as Manifest } from './archive-manifest.js';
export { image, imageFromPath, type ImageOptions, loadManifest } from './image.js';
export { open } from './open.js';
export type { ImagesByReference } from './repo-tags.js';
export {
  calculateSize,
  computeManifest,
  multiRefWrite,
  multiRefWriteToFile,
  multiWrite,
  multiWriteToFile,
  write,
  writeToFile,
} from './write.js';
export type { WriteOptions, WriteToFileOptions } from './write-options.js';
export { multiWriteOci, multiWriteOciToFile, writeOci, writeOciToFile } from './write-oci.js';
export type { OciContents } from './oci-plan.js';
