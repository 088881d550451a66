/**
 * Layers, images and indexes of random content, for tests and measurements. With a seed they are the
 * same on every machine. They are made while they are read and need no memory for their size.
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
