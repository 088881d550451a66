/**
 * Builds images in code: a base, files, layers and settings in, an image or an index for several platforms out.
 *
 * ```ts
 * import { image } from 'containerregistry';
 *
 * const app = await image.build({
 *   from: 'gcr.io/distroless/nodejs22-debian12',
 *   copy: [{ from: 'dist', to: '/app' }],
 *   cmd: ['/app/server.js'],
 * });
 * await app.push('registry.example.com/team/app:v1');
 * ```
 *
 * @packageDocumentation
 */
export type { ByteSource } from '../internal/streams/web.js';
export { build } from './build.js';
export type { BuildOutputs, Built } from './built.js';
export type {
  BuildOptions,
  CopyFiles,
  CopySource,
  FileContents,
  Healthcheck,
  ImageOptions,
  IndexOptions,
  LayerInput,
} from './options.js';
