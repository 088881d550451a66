/**
 * Builds images from Dockerfiles, without a daemon and without privileges. The result is an image like any other: push
 * it, write it to an archive, or change it with `mutate`.
 *
 * ```ts
 * import { build } from 'containerregistry';
 *
 * await using image = await build.image({ context: '.' });
 * await image.push('registry.example.com/team/app:v1');
 * ```
 *
 * @packageDocumentation
 */
export type { BuildOutputs, Built } from '../image/built.js';
export { image, imageIndex } from './image.js';
export type {
  BuildEvent,
  BuildOptions,
  BuildStep,
  ImageOptions,
  IndexOptions,
} from './options/build-options.js';
