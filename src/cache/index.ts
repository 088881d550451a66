/**
 * Images whose layers are kept where they need not be downloaded again: in a directory, or wherever a cache of your own
 * puts them. Not here: whole images that are kept, which is `layout`, and manifests, which are always fetched.
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
