import type { Config, ConfigFile } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { changedImage } from './views/image-view.js';

/**
 * Replaces the settings with which a container of the image runs: command, environment, user and so on.
 *
 * @throws UnsupportedError when the result is read, if the image is an artifact, whose config has no such settings.
 */
export function config(base: Image, value: Config): Image {
  return changedImage(base, {
    imagesOnly: 'mutate.config',
    config: (file) => ({ ...file, config: value }),
  });
}

/**
 * Replaces the whole config, including the diff IDs.
 *
 * @throws UnsupportedError when the result is read, if the image is an artifact, whose config has another media type than the
 *   config of an image.
 */
export function configFile(base: Image, value: ConfigFile): Image {
  return changedImage(base, {
    imagesOnly: 'mutate.configFile',
    config: () => value,
    diffIds: value.rootfs.diff_ids,
  });
}

/**
 * Sets the time of creation.
 *
 * @throws UnsupportedError when the result is read, if the image is an artifact. The time of an artifact is the annotation
 *   `org.opencontainers.image.created`.
 */
export function createdAt(base: Image, time: Date): Image {
  return changedImage(base, {
    imagesOnly: 'mutate.createdAt',
    config: (file) => ({ ...file, created: time.toISOString() }),
  });
}
