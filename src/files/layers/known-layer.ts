import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { lazyStream } from '../../internal/streams/lazy-stream.js';
import { compressedRange } from '../../partial/capabilities.js';
import type { LayerFile } from '../entries/layer-file.js';
import { LayerTree, type PathBudget } from '../entries/layer-tree.js';
import { openChunks } from '../toc/open-chunks.js';
import type { LoadedLayer } from './loaded-layer.js';
import type { RecordedLayer } from './recorded-layer.js';
import { checkedContent, openEntry } from './scan.js';
import type { SourceLayer } from './source-layer.js';

/** A layer whose table of contents was fetched. */
export function layerFromToc(
  source: SourceLayer,
  files: readonly LayerFile[],
  budget: PathBudget,
): LoadedLayer {
  return {
    source,
    tree: treeOf(files, budget),
    isComplete: true,
    open: async (file, options) => openChunks(source.layer, file.path, file.chunks ?? [], options),
    close: async () => Promise.resolve(),
  };
}

/** A layer whose entries an earlier read has recorded. */
export function layerFromRecord(
  source: SourceLayer,
  { files, isPlain }: RecordedLayer,
  budget: PathBudget,
): LoadedLayer {
  const { layer } = source;
  return {
    source,
    tree: treeOf(files, budget),
    isComplete: true,
    open: async (file, options) =>
      isPlain && file.parts === undefined && file.digest !== undefined && layer.compressedFrom !== undefined
        ? checkedContent(openRange(source, file, options), file)
        : openEntry(async () => layer.uncompressed(options), file, options),
    close: async () => Promise.resolve(),
  };
}

function openRange(
  { layer }: SourceLayer,
  { offset = 0, header }: LayerFile,
  options: AbortOptions,
): Readable {
  return ignoreLateErrors(lazyStream(async () => compressedRange(layer, offset, header.size, options)));
}

function treeOf(files: readonly LayerFile[], budget: PathBudget): LayerTree {
  const tree = new LayerTree(budget);
  for (const file of files) tree.add(file);
  tree.finish();
  return tree;
}
