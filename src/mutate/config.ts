import type { Config, ConfigFile } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { changedImage } from './views/image-view.js';

/** Replaces the settings with which a container of the image runs: command, environment, user and so on. */
export function config(base: Image, value: Config): Image {
  return changedImage(base, { config: (file) => ({ ...file, config: value }) });
}

/**
 * Replaces the whole config, including the diff IDs.
 *
 * The config of an artifact, which has another media type than the config of an image, is not changed.
 */
export function configFile(base: Image, value: ConfigFile): Image {
  return changedImage(base, { config: () => value, diffIds: value.rootfs.diff_ids });
}

/** Sets the time of creation. */
export function createdAt(base: Image, time: Date): Image {
  return changedImage(base, { config: (file) => ({ ...file, created: time.toISOString() }) });
}
