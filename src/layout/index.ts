/**
 * Reads and writes OCI image layouts: directories of blobs with an `index.json`. For layouts in a tar use `tarball`.
 *
 * ```ts
 * const images = await layout.fromPath('images', { create: true });
 * await images.appendImage(image, { annotations: { 'org.opencontainers.image.ref.name': 'v1' } });
 * ```
 *
 * @packageDocumentation
 */
export { fromPath, imageIndexFromPath, write, type WriteOptions } from './from-path.js';
export { open } from './open.js';
export type { EntryOptions } from './index-entries.js';
export type {
  AppendOptions,
  FromPathOptions,
  GarbageCollectOptions,
  LayoutOptions,
  OpenOptions,
  Path,
  WriteImageOptions,
} from './path.js';
export type { Selection, StoredImage, StoredImages } from '../stored/images.js';
