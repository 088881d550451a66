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
 * | an image from an archive or layout on the disk              | {@link load}, by its tag {@link loadTag} |
 * | the list of all images in an archive or layout              | {@link open}                           |
 * | only the bytes of a manifest or of a config                 | {@link manifest}, {@link config}       |
 * | only a digest                                               | {@link digest}                         |
 * | a manifest of any kind in a registry, such as an artifact's | {@link get}                            |
 * | the descriptor of a manifest in a registry, with one HEAD   | {@link head}                           |
 * | one layer or other blob of a registry, by its digest        | {@link pullLayer}                      |
 * | an image or a layer made from file contents in memory       | {@link image}, {@link layer}           |
 * | an image saved to the disk                                  | {@link pullTo}                         |
 *
 * @packageDocumentation
 */
export { append, type AppendOptions, type LayerSource } from './changing/append.js';
export { catalog, repositories } from './catalog.js';
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
export { open, type OpenOptions } from './locations/open.js';
export type { CraneOptions, LocationOptions } from './names/options.js';
export { pull, pullLayer } from './pulling/pull.js';
export { pullTo, type PullToOptions, type SaveFormat } from './pulling/pull-to.js';
export { push, upload } from './push.js';
export type { Pushed } from './locations/pushed.js';
export { pushFrom, type PushFromOptions, pushTags, type PushTagsOptions } from './locations/push-from.js';
export { type Rebased, rebase, type RebaseOptions } from './changing/rebase.js';
export { multiSave, multiSaveOci, save, saveOci, type SaveOptions } from './pulling/save.js';
export { multiSaveLegacy, saveLegacy, type SaveLegacyOptions } from './pulling/save-legacy.js';
export type { PlatformsOptions } from './locations/platforms.js';
export { tag } from './tag.js';
export { token, type TokenOptions } from './token.js';
export { validateArchive, validateLayout, type ValidateOptions, validateRemote } from './validate.js';
export { contentFrom, imageFrom, type ImageSource } from './locations/source.js';
export { writeTo } from './locations/write-to.js';
export type { Selection, StoredImage, StoredImages } from '../stored/images.js';
