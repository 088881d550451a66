import { tmpdir } from 'node:os';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { applyLayer, readLayer } from '../../tree/layers/apply-layer.js';
import type { SpoolDirectory } from '../../tree/layers/tar-contents.js';
import { FileTree } from '../../tree/nodes/file-tree.js';
import type { Image } from '../../v1/image.js';
import { isConfig } from '../../v1/types.js';
import { checkedLayers, type DiffIdOptions } from '../layers/checked-layers.js';

/**
 * Reads all layers of an image and passes the tree of the merged files to `use`. The contents that it loads are in temporary
 * files without names, which are closed at the end.
 */
export async function withImageTree<T>(
  image: Image,
  { ignoreDiffIds, signal }: AbortOptions & DiffIdOptions,
  use: (tree: FileTree) => Promise<T>,
): Promise<T> {
  if (!isConfig((await image.manifest({ signal })).config.mediaType))
    throw new UnsupportedError('an artifact has no files that can be edited');
  const open: { close(): Promise<void> }[] = [];
  const spools: SpoolDirectory = {
    path: tmpdir(),
    keep: (spool) => {
      open.push(spool);
      return spool;
    },
  };
  try {
    const tree = FileTree.empty();
    for (const layer of await checkedLayers(image, { ignoreDiffIds }, { signal }))
      await applyLayer(tree, await readLayer(layer, { spools, signal }), { signal });
    return await use(tree);
  } finally {
    for (const spool of open) await spool.close();
  }
}
