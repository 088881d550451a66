import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { compressedToImage } from '../../partial/compressed-image.js';
import { compressedToLayer } from '../../partial/layers/compressed-layer.js';
import { indexFromCore } from '../../partial/index-from-core.js';
import { manifest } from '../../partial/manifest-values.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';
import { isImage, isIndex, isSchema1 } from '../../v1/types.js';
import { type Access, manifestName } from '../connection/paths.js';
import { chooseImage } from './choose-image.js';
import { fetchChild, type FetchedManifest } from './manifest.js';
import { fetchConfig } from './config.js';
import { describedLayer } from './layer.js';
import { refuseSchema1 } from './schema1.js';

/** A manifest that was fetched, with the descriptor under which an index listed it, if one did. */
export interface Fetched extends FetchedManifest {
  readonly descriptor: Descriptor;
}

/**
 * The image of a fetched manifest; of an index, the one for the platform. Fetches nothing for an image,
 * one manifest per level of indexes, and configs only where no descriptor tells the platform.
 */
export async function imageOf(
  access: Access,
  fetched: Fetched,
  platform: Platform,
  options: AbortOptions = {},
): Promise<Image> {
  const subject = manifestName(access.repository, fetched.digest);
  if (isIndex(fetched.mediaType)) {
    return chooseImage(indexOf(access, fetched, platform), subject, platform, options);
  }
  if (isSchema1(fetched.mediaType)) refuseSchema1(subject);
  return singleImage(access, fetched);
}

function singleImage(access: Access, { bytes, mediaType, digest, descriptor }: Fetched): Image {
  const rawManifest = async (): Promise<Uint8Array> => Promise.resolve(bytes);
  return compressedToImage(
    {
      rawManifest,
      mediaType: async () => Promise.resolve(mediaType),
      digest: async () => Promise.resolve(digest),
      descriptor: async () => Promise.resolve(descriptor),
      rawConfigFile: async (options) => {
        const { config } = await manifest({ rawManifest }, options);
        return fetchConfig(access, config, options);
      },
      layerByDigest: async (_digest, child) => Promise.resolve(describedLayer(access, child)),
      configLayer: async (options) => {
        const { config } = await manifest({ rawManifest }, options);
        return compressedToLayer(describedLayer(access, config));
      },
    },
    { maxConfigBytes: access.settings.maxConfigBytes },
  );
}

/** The index of a fetched manifest. A child that is an index itself, asked for as an image, is the one for the platform. */
export function indexOf(access: Access, fetched: Fetched, platform: Platform): ImageIndex {
  const { bytes, mediaType, digest, descriptor } = fetched;
  return indexFromCore({
    rawManifest: async () => Promise.resolve(bytes),
    mediaType: async () => Promise.resolve(mediaType),
    digest: async () => Promise.resolve(digest),
    descriptor: async () => Promise.resolve(descriptor),
    image: async (child, options) =>
      imageOf(
        access,
        { ...(await fetchChild(access, child, options)), descriptor: child },
        platform,
        options,
      ),
    imageIndex: async (child, options) => childIndex(access, child, platform, options),
    layer: async (child) => Promise.resolve(compressedToLayer(describedLayer(access, child))),
  });
}

async function childIndex(
  access: Access,
  child: Descriptor,
  platform: Platform,
  options?: AbortOptions,
): Promise<ImageIndex> {
  const fetched = { ...(await fetchChild(access, child, options)), descriptor: child };
  requireIndex(access, fetched);
  return indexOf(access, fetched, platform);
}

/** @throws {@link UnsupportedError} for an image; what is of an unknown type may turn out to be an index. */
export function requireIndex({ repository }: Access, { mediaType, digest }: FetchedManifest): void {
  if (!isImage(mediaType)) return;
  throw new UnsupportedError(`${manifestName(repository, digest)} is an image, not an index`, {
    hint: 'ask for it as an image',
  });
}
