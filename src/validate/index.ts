/**
 * Checks that images, indexes and layers are consistent with themselves and with their bytes, and reports all findings
 * at once. It checks form, not safety: the content of the files is not examined.
 *
 * @example
 * ```ts
 * try {
 *   await validate.image(await tarball.imageFromPath('image.tar'));
 * } catch (error) {
 *   if (error instanceof ValidationError) for (const finding of error.findings) console.error(finding);
 *   else throw error;
 * }
 * ```
 *
 * @packageDocumentation
 */
export { index } from './image-index.js';
export { image } from './image.js';
export { layer } from './layer.js';
export type { ValidateIndexOptions, ValidateOptions } from './options.js';
