import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { mapLimit } from '../../internal/async/limit.js';
import { archivePath, ROOT } from '../../mutate/merge/archive-path.js';
import type { LayerLoader } from '../layers/layer-loader.js';
import type { LoadedLayer } from '../layers/loaded-layer.js';
import type { LayerScan } from '../layers/scan.js';
import type { SourceLayer } from '../layers/source-layer.js';
import { childPlace, describe, type Place, rootPlace } from './place.js';
import { type FileInLayer, type Resolution, resolve } from './resolve.js';

/** Layers that are read at the same time, each decompressed on a thread of its own. */
const LAYERS_AT_ONCE = 3;

export interface LookupOptions {
  /** Whether a symbolic link at the end of the path is followed. */
  readonly followLast: boolean;
  /** Whether the metadata of a directory is needed, for which more layers may have to be looked at. */
  readonly needsMetadata: boolean;
}

/** The merged files of an image. Layers are loaded from the top, when they are needed. */
export class MergedView {
  readonly #loader: LayerLoader;
  /** The layers that are not loaded, the top layer last. */
  readonly #waiting: SourceLayer[];
  /** The layers that are loaded, the top layer first. */
  readonly #loaded: LoadedLayer[] = [];
  #scan: LayerScan | undefined;

  /** @param layers - the layers of the image, the lowest first. */
  constructor(layers: readonly SourceLayer[], loader: LayerLoader) {
    this.#waiting = [...layers];
    this.#loader = loader;
  }

  get root(): Place {
    return rootPlace(this.#loaded, this.#waiting.length > 0);
  }

  /** Loads all layers, or those above a position. */
  async loadAll({ signal }: AbortOptions, downTo = 0): Promise<void> {
    const wanted = this.#waiting.splice(downTo).reverse();
    const loaded = await mapLimit(
      wanted,
      LAYERS_AT_ONCE,
      async (layer, context) => this.#loader.load(layer, context),
      {
        signal,
      },
    );
    this.#loaded.push(...loaded);
  }

  /** Finds a path. It loads layers, from the top, until they decide. */
  async lookup(path: string, options: LookupOptions): Promise<Exclude<Resolution, { kind: 'undecided' }>> {
    for (;;) {
      const result = this.#resolve(path, options);
      if (isDecided(result, options)) return result;
      await this.#loadFor(path, options);
    }
  }

  /** Opens the content of a regular file that {@link lookup} found. Call it once. The caller owns the stream. */
  async open({ file, layer }: FileInLayer, options: AbortOptions): ReturnType<LoadedLayer['open']> {
    if (this.#scan !== layer) await this.#scan?.end();
    return layer.open(file, options);
  }

  /** The file that a hard link is a name of; undefined if the loaded layers do not decide. */
  sourceOf(link: FileInLayer): FileInLayer | undefined {
    let current = link;
    while (current.file.header.type === 'link') {
      const { file, layer } = current;
      const target = layer.tree.targetOf(file);
      if (target !== undefined) {
        current = { file: target, layer };
        continue;
      }
      if (!layer.isComplete) return undefined;
      const below = this.#below(layer, archivePath(file.header.linkName));
      if (below.kind === 'undecided') return undefined;
      if (below.kind !== 'file') throw danglingLink(current);
      current = below;
    }
    return current;
  }

  /** Ends a read that is still in progress. */
  async end(): Promise<void> {
    await this.#scan?.end();
  }

  /** What the layers below a layer have at a path, whose links are not followed. */
  #below(layer: LoadedLayer, path: string): ReturnType<typeof describe> {
    const lower = this.#loaded.slice(this.#loaded.indexOf(layer) + 1);
    let place = rootPlace(lower, this.#waiting.length > 0);
    for (const part of path.split('/')) place = childPlace(place, part);
    return describe(place);
  }

  #resolve(path: string, { followLast }: LookupOptions): Resolution {
    return resolve(this.root, path, { followLast, sourceOf: (link) => this.sourceOf(link) });
  }

  /** Loads the next layer, at least up to the entry that decides. */
  async #loadFor(path: string, options: LookupOptions): Promise<void> {
    const source = this.#waiting.pop();
    if (source === undefined) throw new TypeError('all layers are loaded, and do not decide');
    const known = this.#loader.readsAll
      ? await this.#loader.load(source, this.#loader.options)
      : await this.#loader.known(source);
    if (known !== undefined) {
      this.#loaded.push(known);
      return;
    }
    const scan = this.#loader.scan(source);
    this.#scan = scan;
    this.#loaded.push(scan);
    let deciding = this.#decidingPaths(path, options);
    for (let file = await scan.next(); file !== undefined; file = await scan.next()) {
      if (!deciding.has(file.path)) continue;
      if (isDecided(this.#resolve(path, options), options)) return;
      deciding = this.#decidingPaths(path, options);
    }
    this.#loader.completed(scan);
    this.#scan = undefined;
  }

  /** The paths whose entries in the next layer may decide: the path and those above it. */
  #decidingPaths(path: string, options: LookupOptions): ReadonlySet<string> {
    const result = this.#resolve(path, options);
    const { parts } = result.kind === 'undecided' || result.kind === 'found' ? result : { parts: [] };
    return new Set([ROOT, ...parts.map((_part, at) => parts.slice(0, at + 1).join('/'))]);
  }
}

function isDecided(
  result: Resolution,
  { needsMetadata }: LookupOptions,
): result is Exclude<Resolution, { kind: 'undecided' }> {
  if (result.kind === 'undecided') return false;
  if (result.kind !== 'found' || result.found.kind !== 'directory') return true;
  return !needsMetadata || !result.found.isOpen;
}

function danglingLink({ file }: FileInLayer): ArchiveInvalidError {
  const { path, header } = file;
  return new ArchiveInvalidError(
    `layer: the hard link ${JSON.stringify(path)} leads to ${JSON.stringify(header.linkName)}, which no layer below has`,
  );
}
