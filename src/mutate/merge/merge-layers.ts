import type { AbortOptions } from '../../internal/async/abort.js';
import type { Layer } from '../../v1/layer.js';
import { danglingLink } from './dangling-link.js';
import { HiddenPaths } from './hidden-paths.js';
import type { LayerIndexOptions } from './layer-index.js';
import { type EntryWriter, LayerPass, type MergeContext } from './layer-pass.js';
import { openFromTop } from './opened-layers.js';
import { PathTree } from './path-tree.js';
import { WantedFiles } from './wanted-files.js';

/** Layers to merge, the lowest first. */
export interface LayersToMerge {
  readonly layers: readonly Layer[];
  /** The layers below them in the image. They are read only if a hard link leads into them. */
  readonly below?: readonly Layer[] | undefined;
}

export interface MergeOptions extends LayerIndexOptions {
  readonly maxEntries: number;
}

/**
 * Writes the visible entries of consecutive layers.
 *
 * Layers are read from the top, so that it is known whether an entry is visible when it is read. A file with several
 * names is written when its content is read: under its own name, or if that is hidden, under its first visible name.
 * Its other names follow as links. Time and memory grow linearly with the content of the layers, also of hostile ones.
 *
 * Start reading in `layer-pass.ts`, which reads one layer; `hidden-paths.ts` and `wanted-files.ts` are the state that
 * passes from layer to layer.
 *
 * @returns which paths the layers hide in the layers below.
 */
export async function mergeLayers(
  { layers, below = [] }: LayersToMerge,
  tar: EntryWriter,
  options: MergeOptions,
  { signal }: AbortOptions,
): Promise<HiddenPaths> {
  const wanted = new WantedFiles();
  const hidden = new HiddenPaths();
  const merge: MergeContext = {
    tree: new PathTree(options.maxEntries),
    hidden: hidden,
    wanted,
    tar,
    options,
    signal,
  };
  let left = layers.length + below.length;
  for await (const opened of openFromTop(layers, { signal })) {
    left -= 1;
    await new LayerPass(merge, opened.layer, left).run(opened.tar, left > 0);
  }
  if (wanted.size > 0 && below.length > 0) {
    hidden.hideEverything();
    for await (const opened of openFromTop(below, { signal })) {
      left -= 1;
      await new LayerPass(merge, opened.layer, left).run(opened.tar, false);
      if (wanted.size === 0) break;
    }
  }
  for (const inode of wanted) throw danglingLink(inode);
  return hidden;
}
