import type { Image } from '../../v1/image.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { MediaType } from '../../v1/media-type.js';
import { isConfig } from '../../v1/types.js';
import { artifactConfigError } from './artifact-config.js';
import { changedImage } from './image-view.js';
import { changedIndex } from './index-view.js';

/** Sets the media type of an image's manifest. The media types of config and layers are not changed. */
export function mediaType(base: Image, type: MediaType): Image {
  return changedImage(base, { mediaType: type });
}

/**
 * Sets the media type of the config. Its bytes are not changed, so this does not make a proper artifact of an image:
 * `artifact.push` and `artifact.create` do.
 *
 * @throws UnsupportedError when the result is read, if the type is that of an image's config, and the image is an artifact.
 */
export function configMediaType(base: Image, type: MediaType): Image {
  return changedImage(base, {
    configMediaType: (before) => {
      if (isConfig(type) && !isConfig(before)) {
        throw artifactConfigError(`the media type ${type}`, before);
      }
      return type;
    },
  });
}

/** Sets the media type of an index. The media types of its children are not changed. */
export function indexMediaType(base: ImageIndex, type: MediaType): ImageIndex {
  return changedIndex(base, { mediaType: type });
}
