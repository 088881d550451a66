import { Readable } from 'node:stream';
import type { UnpackOptions, UnpackTotals } from '../../../src/internal/unpack/options.js';
import { unpackTar } from '../../../src/internal/unpack/tar.js';
import { diskTree } from './disk-tree.js';
import { type LayerEntry, layerTar } from './layer-tar.js';
import { useTempDir } from '../tools/temp-dir.js';

/** Unpacks entries into the directory `out` of a temporary one that is new for each test. */
export function useUnpack(): {
  path(...parts: readonly string[]): string;
  unpack(entries: readonly LayerEntry[], options?: UnpackOptions): Promise<UnpackTotals>;
  /** The tree of files afterwards, or the code of the error. */
  outcome(entries: readonly LayerEntry[], options?: UnpackOptions): Promise<unknown>;
} {
  const temp = useTempDir();
  const unpack = async (entries: readonly LayerEntry[], options: UnpackOptions = {}): Promise<UnpackTotals> =>
    unpackTar(Readable.from([await layerTar(entries)]), temp.path('out'), options);
  return {
    path: (...parts) => temp.path(...parts),
    unpack,
    async outcome(entries, options) {
      try {
        await unpack(entries, options);
      } catch (error) {
        return (error as { code?: string }).code ?? error;
      }
      return diskTree(temp.path('out'));
    },
  };
}
