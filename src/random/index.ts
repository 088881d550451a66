/**
 * Layers, images and indexes of random content, for tests and measurements. The same seed gives the same content on every
 * machine. The content is made while it is read, so it needs no memory, whatever its size.
 *
 * @example
 * ```ts
 * const image = random.image(1024 * 1024, 3, { seed: 'demo' });
 * ```
 *
 * @packageDocumentation
 */
export { index } from './image-index.js';
export { image, type RandomImageOptions } from './image.js';
export { layer } from './layer.js';
export type { RandomOptions } from './options.js';
