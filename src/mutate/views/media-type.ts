import type { Image } from '../../v1/image.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { MediaType } from '../../v1/media-type.js';
import { changedImage } from './image-view.js';
import { changedIndex } from './index-view.js';

/** Sets the manifest's media type; those of config and layers stay. */
export function mediaType(base: Image, type: MediaType): Image {
  return changedImage(base, { mediaType: type });
}

/** Sets the config's media type; its bytes stay. */
export function configMediaType(base: Image, type: MediaType): Image {
  return changedImage(base, { configMediaType: type });
}

/** Sets an index's media type; those of its children stay. */
export function indexMediaType(base: ImageIndex, type: MediaType): ImageIndex {
  return changedIndex(base, { mediaType: type });
}
