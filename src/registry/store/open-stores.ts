import type { BlobHandler } from './blob-handler.js';
import type { ManifestStore } from './manifest-store.js';

interface Stores {
  readonly blobs: BlobHandler | undefined;
  readonly manifests: ManifestStore | undefined;
}

/** Opens what a registry keeps its content in; on failure neither stays open. */
export async function openStores(stores: Stores): Promise<void> {
  try {
    await stores.blobs?.open?.();
    await stores.manifests?.open?.();
  } catch (error) {
    await closeStores(stores);
    throw error;
  }
}

export async function closeStores({ blobs, manifests }: Stores): Promise<void> {
  await blobs?.close?.();
  await manifests?.close?.();
}
