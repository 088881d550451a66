/**
 * Images in a daemon: Docker's, or podman's service, over the Engine's API. It reads and writes images; running
 * containers, building and pulling are the daemon's own business.
 *
 * ```ts
 * import { daemon, name } from 'containerregistry';
 *
 * const image = await daemon.image(name.parseReference('app:v1'));
 * await daemon.write(name.newTag('app:v2'), mutate.config(image, { Env: ['MODE=production'] }));
 * ```
 *
 * @packageDocumentation
 */
export { type DaemonImage, image, type ImageOptions } from './image.js';
export { images, type ImageSummary } from './images.js';
export type { DaemonOptions, DaemonTls } from './engine/options.js';
export { tag } from './tag.js';
export { write, type WriteOptions, type WriteResult } from './write.js';
