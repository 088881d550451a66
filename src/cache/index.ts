/**
 * Caches of layers, so that a layer is downloaded only once. A cache is a directory, or your own implementation of
 * {@link Cache}. Manifests are not cached: they are always fetched. To keep complete images on the disk, use `layout`.
 *
 * @example
 * ```ts
 * const layers = cache.newFilesystemCache('/var/cache/layers');
 * const image = cache.image(await remote.image(name.parseReference('busybox:1.36')), layers);
 * await tarball.writeToFile('busybox.tar', name.newTag('busybox:1.36'), image);
 * ```
 *
 * @packageDocumentation
 */
export type { Cache } from './cache.js';
export { type FilesystemCacheOptions, newFilesystemCache } from './filesystem-cache.js';
export { image } from './image.js';
export { imageIndex } from './image-index.js';
export { readOnly } from './read-only.js';
