/**
 * The image without layers and the index without children, from which images and indexes are built with `mutate`. Both are
 * constants.
 *
 * @example
 * ```ts
 * const image = mutate.appendLayers(empty.image, [layer]);
 * ```
 *
 * @packageDocumentation
 */
export { index } from './image-index.js';
export { image } from './image.js';
