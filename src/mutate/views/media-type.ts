import type { Image } from '../../v1/image.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { MediaType } from '../../v1/media-type.js';
import { changedImage } from './image-view.js';
import { changedIndex } from './index-view.js';

/** Sets the media type of an image's manifest. The media types of config and layers are not changed. */
export function mediaType(base: Image, type: MediaType): Image {
  return changedImage(base, { mediaType: type });
}

/** Sets the media type of the config. Its bytes are not changed. */
export function configMediaType(base: Image, type: MediaType): Image {
  return changedImage(base, { configMediaType: type });
}

/** Sets the media type of an index. The media types of its children are not changed. */
export function indexMediaType(base: ImageIndex, type: MediaType): ImageIndex {
  return changedIndex(base, { mediaType: type });
}
