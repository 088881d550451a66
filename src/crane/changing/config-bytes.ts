import { sha256Bytes } from '../../v1/hash.js';
import { compressedToImage } from '../../partial/compressed-image.js';
import { marshalManifest } from '../../v1/documents/marshal.js';
import type { Image } from '../../v1/image.js';

/** The same image with exactly these bytes as its config. If the manifest embeds the config, it embeds the new one. */
export function withConfigBytes(base: Image, config: Uint8Array): Image {
  return compressedToImage({
    mediaType: async (options) => base.mediaType(options),
    rawManifest: async (options) => {
      const manifest = await base.manifest(options);
      const { data, ...descriptor } = manifest.config;
      const embedded = data === undefined ? {} : { data: Buffer.from(config).toString('base64') };
      const changed = {
        ...descriptor,
        size: config.byteLength,
        digest: sha256Bytes(config),
        ...embedded,
      };
      return marshalManifest({ ...manifest, config: changed });
    },
    rawConfigFile: async () => config,
    layerByDigest: async (digest, _descriptor, options) => base.layerByDigest(digest, options),
  });
}
