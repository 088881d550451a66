import { unlink } from 'node:fs/promises';
import { type ContainerError, isContainerError } from '../errors/base.js';
import { FileSystemError } from '../errors/file-system.js';
import { NotFoundError } from '../errors/service/not-found.js';
import { errorCode } from '../internal/error-code.js';
import { fileSystemError } from '../internal/files/open-file.js';
import type { Hash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { Cache } from './cache.js';
import { entryLayer } from './entry-layer.js';
import { entryPath } from './entry-path.js';
import { newEntryWriter } from './entry-writer.js';

/** How a cache reports its own failures. */
export interface FilesystemCacheOptions {
  /**
   * Gets every failure of the cache to read or write. Such a failure does not fail a pull: a layer that cannot be read comes
   * from its source, and after a write has failed, nothing more is written.
   */
  readonly onError?: ((error: ContainerError) => void) | undefined;
}

/**
 * A cache in a directory, with one file for each digest. Its format is that of GGCR's cache and of crane's `--cache_path`,
 * which may use the same directory. The directory is created by the first write.
 *
 * A file gets its name only when its bytes are complete and verified, so any number of processes may fill one directory.
 * The cache has no size limit: no entry is removed to free space.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/cache/fs.go
 */
export function newFilesystemCache(directory: string, options: FilesystemCacheOptions = {}): Cache {
  const { onError } = options;
  const report = (error: unknown): void => {
    if (isContainerError(error)) onError?.(error);
  };
  const writer = newEntryWriter(directory, report);

  /** Turns every failure to read into "not found", so that the layer is read from its source. */
  const asNotFound = async <T>(hash: Hash, step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (cause) {
      const isAbsent = cause instanceof FileSystemError && ABSENT.has(cause.systemCode);
      if (!isAbsent) report(cause);
      throw new NotFoundError(`layer ${hash}: not in the cache`, { cause });
    }
  };

  return Object.freeze<Cache>({
    get: async (hash, options) => {
      options?.signal?.throwIfAborted();
      return entryLayer(entryPath(directory, hash), hash, async (step) => asNotFound(hash, step));
    },
    put: async (layer) =>
      Object.freeze<Layer>({
        digest: async (options) => layer.digest(options),
        diffId: async (options) => layer.diffId(options),
        size: async (options) => layer.size(options),
        mediaType: async (options) => layer.mediaType(options),
        compressed: async (options) => writer.open(layer, 'compressed', options),
        uncompressed: async (options) => writer.open(layer, 'uncompressed', options),
      }),
    delete: async (hash, options) => {
      options?.signal?.throwIfAborted();
      const file = entryPath(directory, hash);
      try {
        await unlink(file);
      } catch (cause) {
        if (ABSENT.has(errorCode(cause)))
          throw new NotFoundError(`layer ${hash}: not in the cache`, { cause });
        throw fileSystemError('remove', file, cause);
      }
    },
  });
}

/** System error codes that mean that a file does not exist. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
