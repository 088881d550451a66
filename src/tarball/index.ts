/**
 * Reads and writes archives of images: the tars of `docker save` and `docker load`, and OCI layouts in a tar. For layouts in
 * a directory use `layout`.
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
} from '../partial/layers/layer-source.js';
export type { Selection, StoredImage, StoredImages } from '../stored/images.js';
export type { Archive, ArchiveImage, ArchiveWarning, OpenOptions } from './read/archive.js';
export type {
  ArchiveDescriptor as Descriptor,
  ArchiveManifest as Manifest,
} from './documents/archive-manifest.js';
export { image, imageFromPath, type ImageOptions, loadManifest } from './image.js';
export { open } from './open.js';
export type { ArchiveCapOptions } from './documents/caps.js';
export type { ImagesByReference } from './documents/repo-tags.js';
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
export type { WriteOptions, WriteToFileOptions } from './write/options.js';
export { multiWriteOci, multiWriteOciToFile, writeOci, writeOciToFile } from './write-oci.js';
export type { OciContents } from './write/oci-plan.js';
