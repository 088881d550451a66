import { join } from 'node:path';
import type { BlobHandler } from '../blob-handler.js';
import { type DiskOptions, newDiskBlobHandler } from './blobs.js';
import { newDiskManifestStore } from './manifests.js';
import type { ManifestStore } from '../manifest-store.js';

/** Both stores of a registry, named like the options that take them. */
export interface DiskStore {
  readonly blobHandler: BlobHandler;
  readonly manifests: ManifestStore;
}

/**
 * Keeps everything of a registry in a directory, so that it is there again after a restart:
 * `registry.new({ ...registry.newDiskStore(dir) })`.
 *
 * The directory is opened when a registry starts to serve it, or by its first use, and closed with the registry. It is one
 * store's alone as long as it is open: another one that wants it, in any process, gets an {@link InUseError}.
 */
export function newDiskStore(dir: string, options: DiskOptions = {}): DiskStore {
  return {
    blobHandler: newDiskBlobHandler(join(dir, 'blobs'), options),
    manifests: newDiskManifestStore(join(dir, 'manifests'), options),
  };
}
