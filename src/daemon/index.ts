/**
 * Images in a daemon, which is Docker's or podman's service, over the API of the Docker Engine. The functions read, write,
 * list and tag images. They do not run containers, build or pull.
 *
 * ```ts
 * import { daemon, name } from 'containerregistry';
 *
 * const image = await daemon.image(name.parseReference('app:v1'));
 * await daemon.write(name.newTag('app:v2'), mutate.config(image, { Env: ['MODE=production'] }));
 * ```
 *
 * Start reading with `image.ts` and `write.ts`. `engine/` finds the daemon and speaks HTTP with it.
 *
 * @packageDocumentation
 */
export { type DaemonImage, image, type ImageOptions } from './image.js';
export { images, type ImageSummary } from './images.js';
export type { DaemonOptions, DaemonTls } from './engine/options.js';
export { tag } from './tag.js';
export { write, type WriteOptions, type WriteResult } from './write.js';
