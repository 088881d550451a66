import type { AbortOptions } from '../../internal/async/abort.js';
import type { Layer } from '../../v1/layer.js';
import type { LayerFile } from '../entries/layer-file.js';

export interface TocOptions extends AbortOptions {
  /** Cap on the bytes of a table of contents. */
  readonly maxTocBytes: number;
}

/** The table of contents of a layer. */
export interface StoredToc {
  /** The entries of the layer in the order of its tar. Files with content have chunks. */
  readonly files: readonly LayerFile[];
}

/** A layer whose manifest may have the digest of a table of contents. */
export interface AnnotatedBlob {
  readonly layer: Layer;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}
