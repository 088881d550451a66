/**
 * Layers from streams that can be read only once. They are compressed and hashed while they are written to their target.
 * If the source can be opened again, use a layer from an opener instead, because its transfer can be retried; see
 * `tarball`.
 *
 * @example
 * ```ts
 * const image = mutate.appendLayers(empty.image, [stream.newLayer(process.stdin)]);
 * await remote.write(name.newTag('registry.example/app:v1'), image);
 * ```
 *
 * @packageDocumentation
 */
export type { ByteSource } from '../internal/streams/web.js';
export { newLayer, type StreamLayerOptions } from './layer.js';
