import { unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type ContainerError, isContainerError } from '../errors/base.js';
import { FileSystemError } from '../errors/file-system.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { type AtomicFile, atomicFile } from '../internal/files/atomic-file.js';
import { errorCode } from '../internal/error-code.js';
import { makeDirectory } from '../internal/files/make-directory.js';
import { lazy } from '../internal/async/lazy.js';
import { fileSystemError } from '../internal/files/open-file.js';
import { isVerifiedAs } from '../internal/streams/verified-mark.js';
import { verified } from '../internal/streams/verify.js';
import { handOut } from '../partial/layers/open-stream.js';
import { type Hash, hashAlgorithm, hashHex, newHash } from '../v1/hash.js';
import type { Layer } from '../v1/layer.js';
import type { Cache } from './cache.js';
import { entryLayer } from './entry-layer.js';
import { type Form, knownName } from './known-name.js';
import { sweep } from './sweep.js';
import { teeToFile } from './tee-to-file.js';

export interface FilesystemCacheOptions {
  /**
   * Told what the cache could not read or write. Neither fails a pull: what cannot be read comes from its source, and
   * after a write that failed nothing more is written.
   */
  readonly onError?: ((error: ContainerError) => void) | undefined;
}

/**
 * A cache in a directory, with a file for each digest: the one that crane's `--cache_path` and GGCR's cache use, which
 * may be shared with them. It is made when something is to be written.
 *
 * A file gets its name when its bytes are complete and were checked, so any number of processes may fill
 * one directory. Nothing is ever removed for lack of space.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/v1/cache/fs.go
 */
export function newFilesystemCache(directory: string, options: FilesystemCacheOptions = {}): Cache {
  const { onError } = options;
  let writable = true;

  const report = (error: unknown): void => {
    if (isContainerError(error)) onError?.(error);
  };
  const stopWriting = (error: unknown): void => {
    // A full disk is left to the pull itself.
    writable = false;
    report(error);
  };

  const swept = lazy(async () => sweep(directory));
  const begin = async (hash: Hash): Promise<AtomicFile | undefined> => {
    if (!writable) return undefined;
    try {
      await makeDirectory(directory);
      await swept();
      return await atomicFile(entryPath(directory, hash));
    } catch (error) {
      stopWriting(error);
      return undefined;
    }
  };

  const fill = async (layer: Layer, form: Form, options?: AbortOptions): Promise<Readable> => {
    options?.signal?.throwIfAborted();
    const hash = await knownName(layer, form, options);
    const file = hash && (await begin(hash));
    if (hash === undefined || file === undefined) return layer[form](options);
    try {
      // Opened last, so that it is listened to from its first moment.
      const given = await layer[form](options);
      const content = isVerifiedAs(given, hash)
        ? given
        : verified(given, { digest: hash, subject: `layer ${hash}` });
      return handOut(teeToFile(content, hash, file, stopWriting), options);
    } catch (error) {
      await file.discard();
      throw error;
    }
  };

  const asNotFound = async <T>(hash: Hash, step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (cause) {
      const absent = cause instanceof FileSystemError && ABSENT.has(cause.errno);
      if (!absent) report(cause);
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
        compressed: async (options) => fill(layer, 'compressed', options),
        uncompressed: async (options) => fill(layer, 'uncompressed', options),
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

/** What Go's library names it, on Windows too, where a colon cannot be in a name. */
function entryPath(directory: string, hash: Hash): string {
  // Whatever a caller without types gives is no way out of the directory.
  const valid = newHash(hash);
  const between = process.platform === 'win32' ? '-' : ':';
  return path.join(directory, `${hashAlgorithm(valid)}${between}${hashHex(valid)}`);
}

const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);
