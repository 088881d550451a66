import type { AbortOptions } from '../../internal/async/abort.js';
import type { DecompressionLimits } from '../../partial/layers/decompression-limits.js';
import { EntryBudget } from '../../tree/layers/entry-budget.js';
import { LayerTree, PathBudget } from '../entries/layer-tree.js';
import type { LayerFile } from '../entries/layer-file.js';
import { storedToc } from '../toc/stored-toc.js';
import { copiedLayer } from './copied-layer.js';
import { layerFromRecord, layerFromToc } from './known-layer.js';
import type { LoadedLayer } from './loaded-layer.js';
import { readRecord, writeRecord } from './recorded-layer.js';
import { LayerScan } from './scan.js';
import type { SourceLayer } from './source-layer.js';

export interface LoaderOptions extends AbortOptions, DecompressionLimits {
  readonly maxEntries: number;
  readonly maxTocBytes: number;
  readonly useToc: boolean;
  /** Reads layers to their end, so that they are verified. */
  readonly verify: boolean;
  /** The directory in which records of layers are kept. */
  readonly cacheDirectory: string | undefined;
  /** Computes the digest of every file of a layer that is read. */
  readonly hashes: boolean;
  /** Keeps what is read of a layer, because the content of a file may be needed later. */
  readonly keepsContent: boolean;
}

/** Learns the entries of layers, in the cheapest way. One loader serves one call, and loads a layer once. */
export class LayerLoader {
  readonly options: LoaderOptions;
  readonly #paths: PathBudget;
  readonly #entries = new EntryBudget('image');
  readonly #loaded = new Map<string, Promise<LoadedLayer>>();
  readonly #opened: LoadedLayer[] = [];

  constructor(options: LoaderOptions) {
    this.options = options;
    this.#paths = new PathBudget(options.maxEntries);
  }

  /** Whether a layer that has to be read is read to its end. */
  get readsAll(): boolean {
    return this.options.cacheDirectory !== undefined || this.options.verify;
  }

  /** The entries of a layer, if they are known without reading the layer; undefined otherwise. */
  async known(source: SourceLayer): Promise<LoadedLayer | undefined> {
    const before = this.#loaded.get(source.digest);
    if (before !== undefined) return atPosition(await before, source);
    const known = await this.#known(source);
    if (known !== undefined) this.#loaded.set(source.digest, Promise.resolve(known));
    return known;
  }

  /** Begins to read a layer. */
  scan(source: SourceLayer): LayerScan {
    return this.#scan(source, this.options);
  }

  /** Remembers a layer whose read came to its end. */
  completed(scan: LayerScan): void {
    this.#loaded.set(scan.source.digest, Promise.resolve(scan));
  }

  /** Learns all entries of a layer. A layer that several images or positions share is loaded once. */
  async load(source: SourceLayer, options: AbortOptions): Promise<LoadedLayer> {
    const before = this.#loaded.get(source.digest);
    if (before !== undefined) return atPosition(await before, source);
    const loading = this.#load(source, options);
    this.#loaded.set(source.digest, loading);
    return loading;
  }

  /** Releases what all layers hold. */
  async close(): Promise<void> {
    for (const layer of this.#opened) await layer.close();
  }

  async #load(source: SourceLayer, options: AbortOptions): Promise<LoadedLayer> {
    const known = await this.#known(source);
    if (known !== undefined) return known;
    const { cacheDirectory } = this.options;
    if (cacheDirectory === undefined) {
      const scan = this.#scan(source, options);
      await scan.readAll();
      return scan;
    }
    const files: LayerFile[] = [];
    const scan = this.#scan(source, { ...options, onEntry: (file) => files.push(file) });
    await scan.readAll();
    const record = { isPlain: scan.isPlain, files };
    // A cache that cannot be written must not fail the read.
    await writeRecord(cacheDirectory, source.digest, record, options).catch(() => undefined);
    options.signal?.throwIfAborted();
    return scan;
  }

  async #known(source: SourceLayer): Promise<LoadedLayer | undefined> {
    const { cacheDirectory, useToc, maxTocBytes, signal } = this.options;
    const { digest, layer, descriptor } = source;
    const record = cacheDirectory === undefined ? undefined : await readRecord(cacheDirectory, digest);
    if (record !== undefined) return layerFromRecord(source, record, this.#paths);
    const toc = useToc ? await storedToc(layer, descriptor, { maxTocBytes, signal }) : undefined;
    return toc && layerFromToc(source, toc.files, this.#paths);
  }

  #scan(
    source: SourceLayer,
    { signal, onEntry }: AbortOptions & { readonly onEntry?: (file: LayerFile) => void },
  ): LayerScan {
    const { maxBytes, maxRatio, keepsContent, hashes } = this.options;
    const copied = copiedLayer(source.layer, { signal, maxBytes, maxRatio, keepsContent });
    const scan = new LayerScan(source, new LayerTree(this.#paths), copied, {
      ...{ signal, budget: this.#entries, onEntry },
      hashes: hashes || onEntry !== undefined,
    });
    this.#opened.push(scan);
    return scan;
  }
}

/** A layer that was loaded before, at another position. */
function atPosition(loaded: LoadedLayer, source: SourceLayer): LoadedLayer {
  return {
    source,
    tree: loaded.tree,
    isComplete: loaded.isComplete,
    open: async (file, options) => loaded.open(file, options),
    close: async () => Promise.resolve(),
  };
}
