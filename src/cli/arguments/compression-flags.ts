import type { LayerCompression, LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import { UsageError } from '../terminal/exit-code.js';

export interface CompressionFlags {
  readonly compression?: LayerCompression;
  readonly compressionLevel?: number;
}

/** The options for compressing new layers. */
export function compressionOf({ compression, compressionLevel }: CompressionFlags): LayerCompressionOptions {
  const highest = { gzip: 9, zstd: 19, none: 0 }[compression ?? 'gzip'];
  if (compressionLevel !== undefined && compressionLevel > highest) {
    throw new UsageError(
      `--compression-level ${compressionLevel} is too high`,
      `${compression ?? 'gzip'} goes up to ${highest}`,
    );
  }
  return { compression, compressionLevel };
}
