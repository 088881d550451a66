import type { ImageSource } from '../crane/locations/source.js';
import type { Hash } from '../v1/hash.js';
import { type ConfigChange, configChanges } from './difference/config-changes.js';
import { differences, type FileAspect } from './difference/compare.js';
import { differingPaths, type PathPair, SharedLayerNeeded, type Side } from './difference/file-changes.js';
import { type FileEntry, fileEntry } from './file-entry.js';
import { type SourceLayer, sourceLayers } from './layers/source-layer.js';
import { imageOf, loaderFor } from './opened-view.js';
import type { FilesOptions } from './options.js';
import { MergedView } from './view/merged-view.js';

export type { ConfigChange } from './difference/config-changes.js';
export type { FileAspect } from './difference/compare.js';

/** Options of {@link diff}. */
export interface DiffOptions extends FilesOptions {
  /** Also reports files of which only the time differs, which are most files of an image that was built again. @default false */
  readonly compareTimes?: boolean | undefined;
}

/** A file that differs between two images. */
export interface FileChange {
  /** Whether the second image has the file and the first one does not, the other way round, or both have it. */
  readonly kind: 'added' | 'removed' | 'changed';
  /** The absolute path. */
  readonly path: string;
  /** What differs, for `changed`. If the type differs, nothing else is compared. */
  readonly aspects: readonly FileAspect[];
  /** The file in the first image. */
  readonly before?: FileEntry;
  /** The file in the second image. */
  readonly after?: FileEntry;
}

/** The layers of two images. */
export interface LayerDifference {
  /** The digests of the layers with which both images begin, the lowest first. */
  readonly shared: readonly Hash[];
  /** The digests of the layers above them in the first image. */
  readonly removed: readonly Hash[];
  /** The digests of the layers above them in the second image. */
  readonly added: readonly Hash[];
}

/** How two images differ. */
export interface ImageDifference {
  /** The layers. */
  readonly layers: LayerDifference;
  /** The values that differ in the configs, without those that describe the layers. */
  readonly config: readonly ConfigChange[];
  /** The files that differ, in the order of {@link list}. */
  readonly files: readonly FileChange[];
}

/**
 * Compares two images: their layers, their configs and their merged files.
 *
 * Two files differ if their type, mode, owner, size, content, target, device numbers or extended attributes do. Contents of
 * the same size are compared by digest, so every file of a layer that is read is hashed. A layer with a table of contents is
 * not read, because its table has the digests.
 *
 * Layers with which both images begin are read only if they decide: to find out whether a file of an upper layer was added or
 * changed, for example. They are loaded from the top, until everything is decided. If all layers are equal, none is read.
 *
 * @throws TypeError if a source is not an {@link ImageSource}
 */
export async function diff(
  before: ImageSource,
  after: ImageSource,
  options: DiffOptions = {},
): Promise<ImageDifference> {
  const { signal, compareTimes = false } = options;
  const [a, b] = [await imageOf(before, options), await imageOf(after, options)];
  const [lower, upper] = [await sourceLayers(a, { signal }), await sourceLayers(b, { signal })];
  const shared = sharedCount(lower, upper);
  const loader = loaderFor(options, { hashes: true });
  try {
    const views = [new MergedView(lower, loader), new MergedView(upper, loader)] as const;
    const files = await fileChanges(views, shared, { signal, compareTimes });
    const configs = [await a.configFile({ signal }), await b.configFile({ signal })] as const;
    return { layers: layerDifference(lower, upper, shared), config: configChanges(...configs), files };
  } finally {
    await loader.close();
  }
}

function sharedCount(a: readonly SourceLayer[], b: readonly SourceLayer[]): number {
  const first = a.findIndex(({ digest }, at) => digest !== b[at]?.digest);
  return first === -1 ? a.length : first;
}

function layerDifference(
  a: readonly SourceLayer[],
  b: readonly SourceLayer[],
  shared: number,
): LayerDifference {
  const digests = (layers: readonly SourceLayer[]): readonly Hash[] => layers.map(({ digest }) => digest);
  return {
    shared: digests(a.slice(0, shared)),
    removed: digests(a.slice(shared)),
    added: digests(b.slice(shared)),
  };
}

type Views = readonly [MergedView, MergedView];

interface ChangeOptions {
  readonly signal: AbortSignal | undefined;
  readonly compareTimes: boolean;
}

async function fileChanges(
  [a, b]: Views,
  shared: number,
  options: ChangeOptions,
): Promise<readonly FileChange[]> {
  for (let unloaded = shared; ; unloaded -= 1) {
    await a.loadAll(options, unloaded);
    await b.loadAll(options, unloaded);
    try {
      const pairs: PathPair[] = [];
      for await (const pair of differingPaths(a, b, options)) pairs.push(pair);
      const changes: FileChange[] = [];
      for (const pair of pairs) {
        const change = await changeOf(pair, options);
        if (change !== undefined) changes.push(change);
      }
      return changes;
    } catch (error) {
      if (!(error instanceof SharedLayerNeeded) || unloaded === 0) throw error;
    }
  }
}

async function changeOf(
  { parts, before, after }: PathPair,
  options: ChangeOptions,
): Promise<FileChange | undefined> {
  const path = `/${parts.join('/')}`;
  const entry = ({ found, source }: Side): FileEntry => fileEntry(parts, found, source);
  if (before === undefined) return after && { kind: 'added', path, aspects: [], after: entry(after) };
  if (after === undefined) return { kind: 'removed', path, aspects: [], before: entry(before) };
  const aspects = await differences(before, after, options);
  if (aspects.length === 0) return undefined;
  return { kind: 'changed', path, aspects, before: entry(before), after: entry(after) };
}
