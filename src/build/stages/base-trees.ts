import { image as cachedImage } from '../../cache/image.js';
import { newFilesystemCache } from '../../cache/filesystem-cache.js';
import path from 'node:path';
import { applyLayer, type LayerEntries, readLayer } from '../../tree/layers/apply-layer.js';
import { FileTree } from '../../tree/nodes/file-tree.js';
import type { TreeDirectory } from '../../tree/nodes/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import type { Hash } from '../../v1/hash.js';
import type { WorkDirectory } from '../options/work-directory.js';

/** Layers that are read at the same time. */
const LAYERS_AT_ONCE = 2;

/**
 * The trees of the images that a build needs to know. The layers of an image are read when its tree is first needed, and
 * kept in the work directory, so that nothing is fetched twice.
 */
export class BaseTrees {
  readonly #work: WorkDirectory;
  readonly #images = new Map<Image, Image>();
  readonly #trees = new Map<Hash, Promise<TreeDirectory>>();
  /** The entries of layers by diff ID, because images often share layers. */
  readonly #layers = new Map<Hash, Promise<LayerEntries>>();

  constructor(work: WorkDirectory) {
    this.#work = work;
  }

  /** The same image, with layers that are read from the work directory if they are there. */
  cached(image: Image): Image {
    const known = this.#images.get(image);
    if (known !== undefined) return known;
    const cached = cachedImage(image, newFilesystemCache(path.join(this.#work.path, 'layers')));
    this.#images.set(image, cached);
    return cached;
  }

  async read(image: Image, options: AbortOptions): Promise<TreeDirectory> {
    const name = await image.configName(options);
    const tree = this.#trees.get(name) ?? this.#read(this.cached(image), options);
    this.#trees.set(name, tree);
    return tree;
  }

  async #read(image: Image, options: AbortOptions): Promise<TreeDirectory> {
    const layers = await mapLimit(
      await image.layers(options),
      LAYERS_AT_ONCE,
      async (layer, { signal }) => this.#entriesOf(layer, { signal }),
      options,
    );
    const tree = FileTree.empty();
    for (const entries of layers) await applyLayer(tree, entries, options);
    return tree.root;
  }

  async #entriesOf(layer: Layer, options: AbortOptions): Promise<LayerEntries> {
    const diffId = await layer.diffId(options);
    const entries = this.#layers.get(diffId) ?? readLayer(layer, { spools: this.#work, ...options });
    this.#layers.set(diffId, entries);
    return entries;
  }
}
