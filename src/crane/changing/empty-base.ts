import { image as emptyImage } from '../../empty/image.js';
import { configMediaType, mediaType } from '../../mutate/views/media-type.js';
import type { Image } from '../../v1/image.js';
import { ociConfigJson, ociManifestSchema1 } from '../../v1/types.js';

/** An image without layers, with Docker or OCI media types. */
export function emptyBase(oci: boolean): Image {
  return oci ? configMediaType(mediaType(emptyImage, ociManifestSchema1), ociConfigJson) : emptyImage;
}
