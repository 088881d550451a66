/**
 * The data model: interfaces of images, layers and indexes, the documents that describe
 * them, and functions that parse, write and compare those documents.
 *
 * Nothing here reads a registry or a file; sources such as `remote`, `layout` and `tarball` do.
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
export type { AbortOptions } from '../internal/async/abort.js';
export type { CollectOptions } from '../internal/streams/collect.js';
export type {
  ByteSink,
  ByteSource,
  WebBlob,
  WebReadable,
  WebReader,
  WebWritable,
  WebWriter,
} from '../internal/streams/web.js';
export type { DigestAlgorithm } from '../internal/streams/digest.js';
export type { TarType } from '../internal/tar/format/header.js';
export type { Config, ConfigFile, HealthConfig, History, RootFs } from './config-file.js';
export type { Annotations, Descriptor } from './descriptor.js';
export { hashAlgorithm, hasher, hashHex, isHash, newHash, sha256, sha256Bytes } from './hash.js';
export type { Hash, Hasher } from './hash.js';
export type { Image } from './image.js';
export { isImageIndex } from './image-index.js';
export type { ImageIndex } from './image-index.js';
export type { CompressedFromOptions, Layer, MountSource } from './layer.js';
export type { IndexManifest, Manifest } from './manifest.js';
export { marshalConfigFile, marshalIndexManifest, marshalManifest } from './documents/marshal.js';
export type { MediaType } from './media-type.js';
export { parseConfigFile, parseIndexManifest, parseManifest } from './documents/parse.js';
export type { ParseManifestOptions, ParseOptions } from './documents/parse.js';
export { parsePlatform, platformToString } from './platform.js';
export type { Platform } from './platform.js';
export { platformEquals, platformOf, platformSatisfies } from './platform-match.js';
export type {
  BlobProgress,
  ManifestProgress,
  OnProgress,
  PlanProgress,
  ProgressEvent,
  ProgressOptions,
  ReportedBlob,
  SinkKind,
} from './progress.js';
export * as types from './types.js';
