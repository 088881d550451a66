import type { MediaType } from '../../v1/media-type.js';
import * as types from '../../v1/types.js';

/** Whether a manifest and the content that it lists have OCI's or Docker's media types. */
export type Family = 'oci' | 'docker';

const pairs: readonly (readonly [docker: MediaType, oci: MediaType])[] = [
  [types.dockerManifestSchema2, types.ociManifestSchema1],
  [types.dockerManifestList, types.ociImageIndex],
  [types.dockerConfigJson, types.ociConfigJson],
  [types.dockerLayer, types.ociLayer],
  [types.dockerUncompressedLayer, types.ociUncompressedLayer],
  [types.dockerForeignLayer, types.ociRestrictedLayer],
];

const toOci: ReadonlyMap<MediaType, MediaType> = new Map([
  ...pairs,
  // Docker never defined a media type for zstd, so there is no entry in the other direction.
  [types.dockerLayerZstd, types.ociLayerZstd],
]);
const toDocker: ReadonlyMap<MediaType, MediaType> = new Map(pairs.map(([docker, oci]) => [oci, docker]));

/** The family of a manifest's media type. Everything that is not OCI's is taken to be Docker's. */
export function familyOf(manifestType: MediaType): Family {
  return manifestType === types.ociManifestSchema1 || manifestType === types.ociImageIndex ? 'oci' : 'docker';
}

/**
 * The media type for the same kind of content in a family. A media type that has no counterpart is returned unchanged.
 */
export function inFamily(mediaType: MediaType, family: Family): MediaType {
  return (family === 'oci' ? toOci : toDocker).get(mediaType) ?? mediaType;
}
