import type { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { LayerFile } from '../entries/layer-file.js';
import type { LayerTree } from '../entries/layer-tree.js';
import type { SourceLayer } from './source-layer.js';

/** A layer whose entries are known. */
export interface LoadedLayer {
  readonly source: SourceLayer;
  readonly tree: LayerTree;
  /** Whether all entries are known. A layer that is being read may still get entries. */
  readonly isComplete: boolean;
  /** Opens the content of a regular file of this layer. The caller owns the stream. */
  open(file: LayerFile, options: AbortOptions): Promise<Readable>;
  /** Releases what the layer holds. Streams that are open can be read to their end. */
  close(): Promise<void>;
}
