import type { Descriptor } from '../../v1/descriptor.js';
import type { Layer } from '../../v1/layer.js';
import { estargzToc } from './estargz.js';
import type { StoredToc, TocOptions } from './toc.js';
import { TocProblem } from './toc-files.js';
import { zstdChunkedToc } from './zstd-chunked.js';

/**
 * Fetches the table of contents of a layer, if the manifest has its digest. It is used only if it has this digest and is
 * consistent in itself; otherwise the result is undefined, and the layer has to be read.
 */
export async function storedToc(
  layer: Layer,
  descriptor: Descriptor | undefined,
  options: TocOptions,
): Promise<StoredToc | undefined> {
  // Without ranges, a table of contents at the end of the layer costs as much as the layer.
  if (descriptor?.annotations === undefined || layer.compressedFrom === undefined) return undefined;
  const blob = { layer, size: descriptor.size, annotations: descriptor.annotations };
  try {
    return (await zstdChunkedToc(blob, options)) ?? (await estargzToc(blob, options));
  } catch (error) {
    if (error instanceof TocProblem) return undefined;
    throw error;
  }
}
