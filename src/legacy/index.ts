/**
 * Docker's first image format, in which every layer was an image with a parent: for tools that read nothing
 * newer. Whoever has a choice takes `tarball`.
 *
 * ```ts
 * await legacy.tarball.writeToFile('app.tar', name.newTag('app:v1'), image);
 * ```
 *
 * @packageDocumentation
 */
export * as tarball from './tarball.js';
export type { LayerConfigFile } from './layer-config-file.js';
