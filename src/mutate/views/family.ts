import type { MediaType } from '../../v1/media-type.js';
import * as types from '../../v1/types.js';

/** Whose media types a manifest and what it lists have. */
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
  // Docker defined no type for zstd, so that there is no way back.
  [types.dockerLayerZstd, types.ociLayerZstd],
]);
const toDocker: ReadonlyMap<MediaType, MediaType> = new Map(pairs.map(([docker, oci]) => [oci, docker]));

export function familyOf(manifestType: MediaType): Family {
  return manifestType === types.ociManifestSchema1 || manifestType === types.ociImageIndex ? 'oci' : 'docker';
}

/** The other family's name for the same kind of content; types that it has none for stay. */
export function inFamily(mediaType: MediaType, family: Family): MediaType {
  return (family === 'oci' ? toOci : toDocker).get(mediaType) ?? mediaType;
}
