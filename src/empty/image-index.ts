import { NotFoundError } from '../errors/service/not-found.js';
import { indexFromCore } from '../partial/index-from-core.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { IndexManifest } from '../v1/manifest.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import { ociImageIndex } from '../v1/types.js';

const manifest: IndexManifest = { schemaVersion: 2, mediaType: ociImageIndex, manifests: [] };

const nothing = async (): Promise<never> =>
  Promise.reject(new NotFoundError('the empty index has no children'));

/** The OCI index without children. Other indexes are built on it. */
export const index: ImageIndex = indexFromCore({
  mediaType: async () => ociImageIndex,
  rawManifest: async () => marshalIndexManifest(manifest),
  image: nothing,
  imageIndex: nothing,
});
