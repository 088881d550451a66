/**
 * Writes Docker's first image format, in which every layer is an image with a parent, for tools that read nothing newer. Use
 * `tarball` if you can choose.
 *
 * ```ts
 * await legacy.tarball.writeToFile('app.tar', name.newTag('app:v1'), image);
 * ```
 *
 * @packageDocumentation
 */
export * as tarball from './tarball.js';
export type { LayerConfigFile } from './layer-config-file.js';
