/**
 * The data model: interfaces of images, layers and indexes, the documents that describe
 * them, and what parses, writes and compares those documents.
 *
 * Nothing in here reads a registry or a file; sources such as `remote`, `layout` and `tarball` do.
 *
 * ```ts
 * import { parseManifest, types } from 'containerregistry/v1';
 *
 * const manifest = parseManifest(bytes);
 * const gzipped = manifest.layers.filter((layer) => layer.mediaType === types.ociLayer);
 * ```
 *
 * @packageDocumentation
 */
export type { Config, ConfigFile, HealthConfig, History, RootFs } from './config-file.js';
export type { Annotations, Descriptor } from './descriptor.js';
export { hashAlgorithm, hasher, hashHex, isHash, newHash, sha256, sha256Bytes } from './hash.js';
export type { Hash, Hasher } from './hash.js';
export type { Image } from './image.js';
export { isImageIndex } from './image-index.js';
export type { ImageIndex } from './image-index.js';
export type { Layer, MountSource } from './layer.js';
export type { IndexManifest, Manifest } from './manifest.js';
export { marshalConfigFile, marshalIndexManifest, marshalManifest } from './documents/marshal.js';
export type { MediaType } from './media-type.js';
export { parseConfigFile } from './documents/parse-config-file.js';
export { parseIndexManifest, parseManifest } from './documents/parse-manifest.js';
export type { ParseManifestOptions } from './documents/parse-manifest.js';
export type { ParseOptions } from './documents/parse-options.js';
export { parsePlatform, platformToString } from './platform.js';
export type { Platform } from './platform.js';
export { platformEquals, platformOf, platformSatisfies } from './platform-match.js';
export type {
  BlobProgress,
  ManifestProgress,
  OnProgress,
  ProgressEvent,
  ProgressOptions,
} from './progress.js';
export * as types from './types.js';
