import type { AbortOptions } from '../../internal/async/abort.js';
import { lazyTar } from '../../internal/tar/lazy-tar.js';
import { compressedOnce } from '../../mutate/layers/slots.js';
import { layerMediaType, type LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import type { FileEntryOptions } from './file-entry.js';
import { type FileToWrite, writeFiles } from './write-files.js';

/** Metadata of the files, and how the layer is compressed. */
export interface FileLayerOptions extends FileEntryOptions, LayerCompressionOptions {
  /** Media type of the layer. @default Docker's media type for `compression` */
  readonly mediaType?: MediaType | undefined;
}

/** A layer of files. The files are looked up when the digest or the content of the layer is first read. */
export function filesLayer(
  files: (options: AbortOptions) => AsyncIterable<FileToWrite>,
  options: FileLayerOptions,
): Layer {
  const { compression = 'gzip', compressionLevel, owner, mode, time, entry, hardLinks } = options;
  const { mediaType = layerMediaType(compression, 'docker') } = options;
  const entryOptions: FileEntryOptions = { owner, mode, time, entry, hardLinks };
  return compressedOnce(
    {
      uncompressed: async (options) =>
        lazyTar(async (tar, options) => writeFiles(files(options), tar, entryOptions, options), options),
      mediaType: async () => mediaType,
    },
    { compression, compressionLevel },
  );
}
