/**
 * The verbs: short programs over the other namespaces, with references as text and credentials found
 * by themselves. What gantry's commands do, for programs.
 *
 * ```ts
 * import { crane } from 'containerregistry';
 *
 * await crane.copy('busybox:1.36', 'registry.example/mirror/busybox:1.36');
 * ```
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
  type Place,
  type RegistryLocation,
} from './locations/location.js';
export { manifest } from './manifest.js';
export { manifestsOf } from './locations/manifests-of.js';
export { open, type OpenOptions } from './locations/open.js';
export type { CraneOptions, LocationOptions as PlaceOptions } from './locations/options.js';
export { pull, pullLayer } from './pulling/pull.js';
export { pullTo, type PullToOptions, type SaveFormat } from './pulling/pull-to.js';
export { push, upload } from './push.js';
export { type Pushed, pushFrom, type PushFromOptions, pushTags } from './locations/push-from.js';
export { type Rebased, rebase, type RebaseOptions } from './changing/rebase.js';
export { multiSave, multiSaveOci, save, saveOci, type SaveOptions } from './pulling/save.js';
export { multiSaveLegacy, saveLegacy, type SaveLegacyOptions } from './pulling/save-legacy.js';
export type { PlatformsOptions } from './locations/platforms.js';
export { tag } from './tag.js';
export { token, type TokenOptions } from './token.js';
export { validateArchive, validateLayout, type ValidateOptions, validateRemote } from './validate.js';
export { writeTo } from './locations/write-to.js';
export type { Selection, StoredImage, StoredImages } from '../stored/images.js';
