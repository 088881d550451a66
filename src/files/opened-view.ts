import { image as cachedImage } from '../cache/image.js';
import { newFilesystemCache } from '../cache/filesystem-cache.js';
import { readOnly } from '../cache/read-only.js';
import { type ImageSource, imageFrom } from '../crane/locations/source.js';
import type { Image } from '../v1/image.js';
import { LayerLoader } from './layers/layer-loader.js';
import { sourceLayers } from './layers/source-layer.js';
import type { FilesOptions } from './options.js';
import { MergedView } from './view/merged-view.js';

const MAX_ENTRIES = 1_000_000;
const MAX_TOC_BYTES = 64 * 1024 * 1024;

/** What a call needs to know of the content of files. */
export interface ContentNeeds {
  /** Digests of all files of the layers that are read. */
  readonly hashes?: boolean;
  /** The content of a file, which may be before the entry that leads to it. */
  readonly content?: boolean;
}

/** The loader of one call. Close it at the end. */
export function loaderFor(
  options: FilesOptions,
  { hashes = false, content = false }: ContentNeeds,
): LayerLoader {
  const { signal, maxEntries = MAX_ENTRIES, maxTocBytes = MAX_TOC_BYTES } = options;
  return new LayerLoader({
    ...{ signal, maxEntries, maxTocBytes, hashes },
    useToc: options.useToc ?? true,
    verify: options.verify ?? true,
    cacheDirectory: options.cacheDirectory,
    keepsContent: content,
  });
}

/** The image of a source. Its layers come from the cache directory if they are stored there. */
export async function imageOf(source: ImageSource, options: FilesOptions): Promise<Image> {
  const image = await imageFrom(source, options);
  const { cacheDirectory } = options;
  return cacheDirectory === undefined
    ? image
    : cachedImage(image, readOnly(newFilesystemCache(cacheDirectory)));
}

/** The merged files of an image, for one call. */
export async function viewOf(
  source: ImageSource,
  loader: LayerLoader,
  options: FilesOptions,
): Promise<MergedView> {
  const image = await imageOf(source, options);
  return new MergedView(await sourceLayers(image, options), loader);
}
