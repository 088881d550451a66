import type { MediaType } from './media-type.js';

/** A descriptor, where one stands alone. */
export const ociContentDescriptor = 'application/vnd.oci.descriptor.v1+json';
/** OCI's image index. */
export const ociImageIndex = 'application/vnd.oci.image.index.v1+json';
/** OCI's image manifest. */
export const ociManifestSchema1 = 'application/vnd.oci.image.manifest.v1+json';
/** OCI's image config. */
export const ociConfigJson = 'application/vnd.oci.image.config.v1+json';
/** The two bytes `{}`, which stand for the config, or the only layer, of an artifact without one. */
export const ociEmptyJson = 'application/vnd.oci.empty.v1+json';
/** A tar in gzip. */
export const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';
/** A tar in zstd. */
export const ociLayerZstd = 'application/vnd.oci.image.layer.v1.tar+zstd';
/** A tar without compression. */
export const ociUncompressedLayer = 'application/vnd.oci.image.layer.v1.tar';
/** A layer that registries must not be given, in gzip. */
export const ociRestrictedLayer = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
/** A layer that registries must not be given, in zstd. */
export const ociRestrictedLayerZstd = 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd';
/** A layer that registries must not be given, without compression. */
export const ociUncompressedRestrictedLayer = 'application/vnd.oci.image.layer.nondistributable.v1.tar';

/** Docker's first manifest format. */
export const dockerManifestSchema1 = 'application/vnd.docker.distribution.manifest.v1+json';
/** Docker's first manifest format, with a signature. */
export const dockerManifestSchema1Signed = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
/** Docker's image manifest. */
export const dockerManifestSchema2 = 'application/vnd.docker.distribution.manifest.v2+json';
/** Docker's manifest list, its form of an index. */
export const dockerManifestList = 'application/vnd.docker.distribution.manifest.list.v2+json';
/** Docker's image config. */
export const dockerConfigJson = 'application/vnd.docker.container.image.v1+json';
/** The config of a Docker plugin. */
export const dockerPluginConfig = 'application/vnd.docker.plugin.v1+json';
/** A tar in gzip. */
export const dockerLayer = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
/** A tar in zstd. Docker never defined this media type, but BuildKit and containerd write it. */
export const dockerLayerZstd = 'application/vnd.docker.image.rootfs.diff.tar.zstd';
/** A tar without compression. */
export const dockerUncompressedLayer = 'application/vnd.docker.image.rootfs.diff.tar';
/** A layer that registries must not be given, in gzip. */
export const dockerForeignLayer = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';

/** Part of every media type that OCI defines. */
export const ociVendorPrefix = 'vnd.oci';
/** Part of every media type that Docker defines. */
export const dockerVendorPrefix = 'vnd.docker';

/** The media type in lower case and without parameters, as HTTP compares the `Content-Type` header. */
export function canonical(text: string): MediaType {
  const end = text.indexOf(';');
  return (end === -1 ? text : text.slice(0, end)).trim().toLowerCase();
}

/** Whether a registry may be given the content. False for layers that clients download from the descriptor's `urls`. */
export function isDistributable(mediaType: MediaType): boolean {
  return !restricted.has(canonical(mediaType));
}

/** Whether the type is an image manifest: OCI's or Docker's schema 2. */
export function isImage(mediaType: MediaType): boolean {
  return images.has(canonical(mediaType));
}

/** Whether the type is an OCI image index or a Docker manifest list. */
export function isIndex(mediaType: MediaType): boolean {
  return indexes.has(canonical(mediaType));
}

/** Whether the type is the config of an image that can run. */
export function isConfig(mediaType: MediaType): boolean {
  return configs.has(canonical(mediaType));
}

/** Whether the type is Docker's first manifest format. This library recognises the format and does not parse it. */
export function isSchema1(mediaType: MediaType): boolean {
  return schema1.has(canonical(mediaType));
}

/** Whether the type is a filesystem layer, in any compression, restricted or not. */
export function isLayer(mediaType: MediaType): boolean {
  const type = canonical(mediaType);
  return layers.has(type) || restricted.has(type);
}

/** The canonical form if this file lists it; any other type stays as it was written. */
export function canonicalIfKnown(text: string): MediaType {
  const type = canonical(text);
  return known.has(type) ? type : text;
}

const images: ReadonlySet<string> = new Set([ociManifestSchema1, dockerManifestSchema2]);
const indexes: ReadonlySet<string> = new Set([ociImageIndex, dockerManifestList]);
const configs: ReadonlySet<string> = new Set([ociConfigJson, dockerConfigJson]);
const schema1: ReadonlySet<string> = new Set([dockerManifestSchema1, dockerManifestSchema1Signed]);
const layers: ReadonlySet<string> = new Set([
  ociLayer,
  ociLayerZstd,
  ociUncompressedLayer,
  dockerLayer,
  dockerLayerZstd,
  dockerUncompressedLayer,
]);
const restricted: ReadonlySet<string> = new Set([
  ociRestrictedLayer,
  ociRestrictedLayerZstd,
  ociUncompressedRestrictedLayer,
  dockerForeignLayer,
]);
const known: ReadonlySet<string> = new Set([
  ...[...images, ...indexes, ...configs, ...schema1, ...layers, ...restricted],
  ...[ociContentDescriptor, ociEmptyJson, dockerPluginConfig],
]);
