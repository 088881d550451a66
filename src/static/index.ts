/**
 * Layers from bytes in memory: the small blobs of artifacts, and layers for tests. For large content use a layer from a
 * file or an opener; see `tarball`.
 *
 * @example
 * ```ts
 * const sbom = static_.newLayer(Buffer.from(json), 'application/spdx+json');
 * ```
 *
 * @packageDocumentation
 */
export { newLayer } from './layer.js';
