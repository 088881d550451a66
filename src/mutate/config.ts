import type { Config, ConfigFile } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { changedImage } from './views/image-view.js';

/** Replaces what a container made from the image runs with. */
export function config(base: Image, value: Config): Image {
  return changedImage(base, { config: (file) => ({ ...file, config: value }) });
}

/**
 * Replaces the whole config, diff IDs included.
 *
 * The config of an artifact, whose media type is not that of an image's config, stays as it is.
 */
export function configFile(base: Image, value: ConfigFile): Image {
  return changedImage(base, { config: () => value, diffIds: value.rootfs.diff_ids });
}

/** Sets the time of creation. */
export function createdAt(base: Image, time: Date): Image {
  return changedImage(base, { config: (file) => ({ ...file, created: time.toISOString() }) });
}
