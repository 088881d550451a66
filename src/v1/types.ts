import type { MediaType } from './media-type.js';

export const ociContentDescriptor = 'application/vnd.oci.descriptor.v1+json';
export const ociImageIndex = 'application/vnd.oci.image.index.v1+json';
export const ociManifestSchema1 = 'application/vnd.oci.image.manifest.v1+json';
export const ociConfigJson = 'application/vnd.oci.image.config.v1+json';
/** The config, or the only layer, of an artifact that has none: the two bytes `{}`. */
export const ociEmptyJson = 'application/vnd.oci.empty.v1+json';
/** A tar in gzip. */
export const ociLayer = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const ociLayerZstd = 'application/vnd.oci.image.layer.v1.tar+zstd';
export const ociUncompressedLayer = 'application/vnd.oci.image.layer.v1.tar';
export const ociRestrictedLayer = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
export const ociRestrictedLayerZstd = 'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd';
export const ociUncompressedRestrictedLayer = 'application/vnd.oci.image.layer.nondistributable.v1.tar';

export const dockerManifestSchema1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const dockerManifestSchema1Signed = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
export const dockerManifestSchema2 = 'application/vnd.docker.distribution.manifest.v2+json';
export const dockerManifestList = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const dockerConfigJson = 'application/vnd.docker.container.image.v1+json';
export const dockerPluginConfig = 'application/vnd.docker.plugin.v1+json';
/** A tar in gzip. */
export const dockerLayer = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
/** Docker never defined it, but BuildKit and containerd write it. */
export const dockerLayerZstd = 'application/vnd.docker.image.rootfs.diff.tar.zstd';
export const dockerUncompressedLayer = 'application/vnd.docker.image.rootfs.diff.tar';
export const dockerForeignLayer = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';

/** Part of every media type that OCI defines. */
export const ociVendorPrefix = 'vnd.oci';
/** Part of every media type that Docker defines. */
export const dockerVendorPrefix = 'vnd.docker';

/** Lower case and without parameters, as a `Content-Type` header has to be read. */
export function canonical(text: string): MediaType {
  const end = text.indexOf(';');
  return (end === -1 ? text : text.slice(0, end)).trim().toLowerCase();
}

/** Whether a registry may be given the content; false for layers that are downloaded from their `urls`. */
export function isDistributable(mediaType: MediaType): boolean {
  return !restricted.has(canonical(mediaType));
}

/** An image manifest, of OCI or of Docker's schema 2. */
export function isImage(mediaType: MediaType): boolean {
  return images.has(canonical(mediaType));
}

/** An OCI image index or a Docker manifest list. */
export function isIndex(mediaType: MediaType): boolean {
  return indexes.has(canonical(mediaType));
}

/** The config of an image that can run. */
export function isConfig(mediaType: MediaType): boolean {
  return configs.has(canonical(mediaType));
}

/** Docker's first manifest format, which is recognised and not read. */
export function isSchema1(mediaType: MediaType): boolean {
  return schema1.has(canonical(mediaType));
}

/** A filesystem layer in any compression, restricted or not. */
export function isLayer(mediaType: MediaType): boolean {
  const type = canonical(mediaType);
  return layers.has(type) || restricted.has(type);
}

/** The canonical form if that is one of the constants above; other types stay as they were written. */
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
