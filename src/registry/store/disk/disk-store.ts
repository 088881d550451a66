import { join } from 'node:path';
import type { BlobHandler } from '../blob-handler.js';
import { type DiskOptions, newDiskBlobHandler } from './blobs.js';
import { newDiskManifestStore } from './manifests.js';
import type { ManifestStore } from '../manifest-store.js';

/** Both stores of a registry, under the names of the options that take them. */
export interface DiskStore {
  /** The store for blobs. */
  readonly blobHandler: BlobHandler;
  /** The store for manifests and tags. */
  readonly manifests: ManifestStore;
}

/**
 * Stores the content of a registry in a directory, so that it survives a restart:
 * `registry.new({ ...registry.newDiskStore(dir) })`.
 *
 * The directory is opened when `registry.serve` starts, or at its first use, and closed with the registry. Only one store can
 * use it while it is open; any other one, in any process, fails with an `InUseError`.
 */
export function newDiskStore(dir: string, options: DiskOptions = {}): DiskStore {
  return {
    blobHandler: newDiskBlobHandler(join(dir, 'blobs'), options),
    manifests: newDiskManifestStore(join(dir, 'manifests'), options),
  };
}
