/**
 * Layers from streams that can be read only once, compressed and hashed while they are written
 * somewhere. Whoever can open the source again makes the layer from an opener instead, which can be
 * retried; see `tarball`.
 *
 * @example
 * ```ts
 * const image = mutate.appendLayers(empty.image, [stream.newLayer(process.stdin)]);
 * await remote.write(name.newTag('registry.example/app:v1'), image);
 * ```
 *
 * @packageDocumentation
 */
export { newLayer, type StreamLayerOptions } from './layer.js';
