/**
 * Changes images and indexes by wrapping them in views. A view is equal to its base except for one change.
 *
 * Views are immutable and can be combined. They read nothing until one of their methods is called. Documents that a change
 * does not touch keep their exact bytes; documents that are written again keep fields that this package does not know. The
 * same change made with crane gives the same digest, where crane is correct.
 *
 * The files of the operations lie in this directory. `views` has the two views that all operations use, `changedImage` and
 * `changedIndex`; `layers` has what changes single layers; `merge` merges the filesystems of several layers.
 *
 * ```ts
 * const base = await remote.image(name.parseReference('busybox'));
 * const layer = tarball.layerFromFile('app.tar');
 * const image = mutate.config(mutate.appendLayers(base, [layer]), { Cmd: ['/app'] });
 * await remote.write(name.newTag('registry.example/app:v1'), image);
 * ```
 *
 * @packageDocumentation
 */
export { annotations, removeAnnotations, removeLabels } from './annotations.js';
export type { AnyManifest } from './views/any-manifest.js';
export { type Addendum, append, appendLayers } from './append.js';
export { config, configFile, createdAt } from './config.js';
export { type ConvertOptions, toDocker, toOci } from './convert.js';
export { removeLayer, replaceLayer, type ReplaceLayerOptions } from './layers/edit.js';
export { editFiles, type EditFilesOptions } from './edit-files.js';
export type { FileBefore, FileChange, FileEdit, FileEdits, FileResult } from './edits/file-edits.js';
export { extract, type ExtractOptions } from './extract.js';
export type { DiffIdOptions } from './layers/checked-layers.js';
export { extractLayerTo } from './extract-layer-to.js';
export {
  extractTo,
  type ExtractToOptions,
  type SkippedEntry,
  type ToDiskOptions,
  type UnpackTotals,
} from './extract-to.js';
export { flatten, type FlattenOptions } from './flatten.js';
export {
  appendManifests,
  filterManifests,
  filterPlatforms,
  type IndexAddendum,
  removeManifests,
} from './views/index-children.js';
export type { LayerChoice } from './layers/choice.js';
export { mapImages, type MapImagesOptions } from './views/map-images.js';
export { configMediaType, indexMediaType, mediaType } from './views/media-type.js';
export { rebase } from './rebase.js';
export { recompress, type RecompressOptions } from './recompress.js';
export { squash, type SquashOptions } from './squash.js';
export { subject } from './views/subject.js';
export { canonical, type CanonicalOptions, rewriteTimestamps, time } from './time.js';
export { withPlatforms } from './views/with-platforms.js';
