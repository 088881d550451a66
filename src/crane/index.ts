/**
 * The verbs of gantry's commands as functions. They are short programs over the other namespaces. References are text, and
 * credentials are looked up in the configuration of docker and podman.
 *
 * ```ts
 * import { crane } from 'containerregistry';
 *
 * await crane.copy('busybox:1.36', 'registry.example/mirror/busybox:1.36');
 * ```
 *
 * Several verbs read an image. This table says which one to use:
 *
 * | you want                                                    | verb                                   |
 * | ----------------------------------------------------------- | -------------------------------------- |
 * | an image, from a registry or any other location             | {@link pull}                           |
 * | an image or an index, whichever is at a location            | {@link find}                           |
 * | what an image consists of: platforms, sizes, config, layers | {@link inspect}                        |
 * | what an index lists, and what refers to each manifest       | {@link tree}                           |
 * | an image from an archive or layout on the disk              | {@link load}, by its tag {@link loadTag} |
 * | the list of all images in an archive or layout              | {@link open}                           |
 * | only the bytes of a manifest or of a config                 | {@link manifest}, {@link config}       |
 * | only a digest                                               | {@link digest}                         |
 * | the bytes of everything that an image consists of           | {@link size}                           |
 * | a manifest of any kind in a registry, such as an artifact's | {@link get}                            |
 * | the descriptor of a manifest in a registry, with one HEAD   | {@link head}                           |
 * | one layer or other blob of a registry, by its digest        | {@link pullLayer}, {@link blob} for its bytes |
 * | an image or a layer made from file contents in memory       | {@link image}, {@link layer}           |
 * | an image saved to the disk                                  | {@link pullTo}                         |
 *
 * @packageDocumentation
 */
export { append, type AppendOptions, type LayerSource } from './changing/append.js';
export { catalog, repositories } from './catalog.js';
export {
  checkBase,
  type BaseCheck,
  type BaseStatus,
  type CheckBaseOptions,
  type CheckedBase,
} from './inspecting/check-base.js';
export { config } from './config.js';
export { copy, copyRepository } from './copying/copy.js';
export type { CopyOptions } from './copying/options.js';
export type { ReferrersToCopy } from './copying/referrers.js';
export { deleteManifest as delete } from './delete.js';
export { digest } from './digest.js';
export type { FileEntry, FileEntryOptions, FileType, Owner } from './files/file-entry.js';
export type { FileLayerOptions } from './files/files-layer.js';
export { exportImage as export, type ExportOptions } from './export.js';
export { exportTo, type ExportToOptions } from './export-to.js';
export { flatten, type FlattenOptions } from './changing/flatten.js';
export { find, type Found } from './locations/find.js';
export { get, head } from './get.js';
export { image } from './image.js';
export { type FileMap, layer } from './files/layer.js';
export { type DirectoryLayerOptions, layerFromDirectory } from './files/layer-from-directory.js';
export type { EntryFacts } from './files/write-files.js';
export { type LayerFile, layerFromFiles } from './files/layer-from-files.js';
export { inspect, type InspectOptions } from './inspecting/inspect.js';
export type {
  InspectedImage,
  InspectedLayer,
  InspectedManifest,
  Inspection,
  ManifestKind,
} from './inspecting/inspection.js';
export type { RecordedBase } from './inspecting/base-of.js';
export { listTags, tags } from './list-tags.js';
export { load, type LoadOptions, loadTag } from './load.js';
export {
  type ArchiveLocation,
  type DaemonLocation,
  formatLocation,
  type LayoutLocation,
  type LocalLocation,
  type Location,
  parseLocation,
  parsePathLocation,
  type PathLocation,
  type ImageLocation,
  type RegistryLocation,
} from './names/location.js';
export { manifest } from './manifest.js';
export { manifestsOf } from './locations/manifests-of.js';
export { open, type OpenedImages, type OpenOptions } from './locations/open.js';
export type { CraneOptions, LocationOptions } from './names/options.js';
export { blob, pull, pullLayer } from './pulling/pull.js';
export { pullTo, type PullToOptions, type SaveFormat } from './pulling/pull-to.js';
export { push, upload } from './push.js';
export type { Pushed } from './locations/pushed.js';
export { type BlobContent, putBlob, type PutBlobOptions } from './uploading/put-blob.js';
export { putManifest, type PutManifestOptions } from './uploading/put-manifest.js';
export { pushFrom, type PushFromOptions, pushTags, type PushTagsOptions } from './locations/push-from.js';
export { type Rebased, rebase, type RebaseOptions } from './changing/rebase.js';
export { multiSave, multiSaveOci, save, saveOci, type SaveOptions } from './pulling/save.js';
export { multiSaveLegacy, saveLegacy, type SaveLegacyOptions } from './pulling/save-legacy.js';
export { size } from './locations/size.js';
export type { PlatformsOptions } from './locations/platforms.js';
export { sync, type SyncOptions } from './syncing/sync.js';
export type { SyncEntry } from './syncing/plan.js';
export type { SyncedImage } from './syncing/synced-image.js';
export { tag } from './tag.js';
export { token, type TokenOptions } from './token.js';
export { tree, type TreeOptions } from './inspecting/tree.js';
export type { ManifestTree } from './inspecting/manifest-tree.js';
export {
  validate,
  validateArchive,
  validateLayout,
  type ValidateOptions,
  validateRemote,
} from './validate.js';
export type { ByteSource } from '../internal/streams/web.js';
export { contentFrom, imageFrom, type ImageSource } from './locations/source.js';
export { writeTo } from './locations/write-to.js';
export type { Selection, StoredImage, StoredImages } from '../stored/images.js';
