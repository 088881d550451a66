import { NotFoundError } from '../errors/service/not-found.js';
import { nilSlice } from '../internal/json/go-json.js';
import { uncompressedToImage } from '../partial/uncompressed-image.js';
import type { ConfigFile } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { marshalConfigFile } from '../v1/documents/marshal.js';
import { dockerManifestSchema2 } from '../v1/types.js';

const config: ConfigFile = {
  architecture: '',
  os: '',
  created: '0001-01-01T00:00:00Z',
  // Some clients require the type even if there are no layers.
  rootfs: { type: 'layers', diff_ids: nilSlice },
  config: {},
};

/** The image without layers, like `FROM scratch`. Other images are built on it. Its media types are Docker's. */
export const image: Image = uncompressedToImage({
  mediaType: async () => dockerManifestSchema2,
  rawConfigFile: async () => marshalConfigFile(config),
  layerByDiffId: async (diffId) =>
    Promise.reject(new NotFoundError(`diff ID ${diffId}: the empty image has no layers`)),
});
