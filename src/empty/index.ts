/**
 * The image without layers and the index without children: where building from scratch begins.
 * They are constants; `mutate` makes more of them.
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
