import type { BlobHandler } from './blob-handler.js';
import type { ManifestStore } from './manifest-store.js';

interface Stores {
  readonly blobs: BlobHandler | undefined;
  readonly manifests: ManifestStore | undefined;
}

/** Opens the stores of a registry. If one fails, both are closed. */
export async function openStores(stores: Stores): Promise<void> {
  try {
    await stores.blobs?.open?.();
    await stores.manifests?.open?.();
  } catch (error) {
    await closeStores(stores);
    throw error;
  }
}

/** Closes the stores of a registry. */
export async function closeStores({ blobs, manifests }: Stores): Promise<void> {
  await blobs?.close?.();
  await manifests?.close?.();
}
