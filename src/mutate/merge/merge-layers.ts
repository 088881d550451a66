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
  /** The layers that lie under them in the image. They are read only where a hard link leads into them. */
  readonly below?: readonly Layer[] | undefined;
}

export interface MergeOptions extends LayerIndexOptions {
  readonly maxEntries: number;
}

/**
 * Writes what is seen of layers that lie one above the other.
 *
 * Layers are walked from the top, so that each entry is written, or known to be hidden, when it is
 * met. A file with several names is written where its content is: under its own name, or if that is
 * hidden under the first one that is not; the others follow as links. Time and memory grow with what the layers
 * have in them, whatever that is.
 *
 * @returns what the layers hide of those under them.
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
