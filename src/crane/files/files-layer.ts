import type { AbortOptions } from '../../internal/async/abort.js';
import { lazyTar } from '../../internal/tar/lazy-tar.js';
import { compressedOnce } from '../../mutate/layers/slots.js';
import { layerMediaType, type LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import type { FileEntryOptions } from './file-entry.js';
import { type FileToWrite, writeFiles } from './write-files.js';

export interface FileLayerOptions extends FileEntryOptions, LayerCompressionOptions {
  /** By default Docker's type for `compression`. */
  readonly mediaType?: MediaType | undefined;
}

/** A layer of files, which are looked for when it is first asked for. */
export function filesLayer(
  files: (options: AbortOptions) => AsyncIterable<FileToWrite>,
  options: FileLayerOptions,
): Layer {
  const { compression = 'gzip', compressionLevel, owner, mode, time, entry, hardLinks } = options;
  const { mediaType = layerMediaType(compression, 'docker') } = options;
  const how: FileEntryOptions = { owner, mode, time, entry, hardLinks };
  return compressedOnce(
    {
      uncompressed: async (options) =>
        Promise.resolve(
          lazyTar(async (tar, options) => writeFiles(files(options), tar, how, options), options),
        ),
      mediaType: async () => Promise.resolve(mediaType),
    },
    { compression, compressionLevel },
  );
}
