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
import type { RepositoryReader } from '../connection/connection.js';
import { manifestName } from '../connection/paths.js';
import { chooseImage } from './choose-image.js';
import { fetchConfig } from './config.js';
import { describedLayer } from './layer.js';
import { anyIndex, fetchChild, fetchManifest, type FetchedManifest } from './manifest.js';
import { descriptorOf } from './manifest-descriptor.js';

/** A fetched manifest with its descriptor: the one in the index that lists it, or else one made from its bytes. */
export interface DescribedManifest extends FetchedManifest {
  readonly descriptor: Descriptor;
}

/**
 * The image of a fetched manifest. If the manifest is an index, it is the image for the platform. Sends
 * no request for an image. For an index, it fetches one manifest for each level of indexes, and configs only if no descriptor gives the platform.
 *
 * @throws UnsupportedError for Docker's schema 1, whose manifests can be fetched as bytes, but not read as images.
 */
export async function imageOf(
  reader: RepositoryReader,
  fetched: DescribedManifest,
  platform: Platform,
  options: AbortOptions = {},
): Promise<Image> {
  const subject = manifestName(reader.repository, fetched.digest);
  if (isIndex(fetched.mediaType)) {
    return chooseImage(indexOf(reader, fetched, platform), subject, platform, options);
  }
  if (isSchema1(fetched.mediaType)) {
    throw new UnsupportedError(`${subject} is of Docker's schema 1, which is not supported`, {
      hint: 'push the image again with a current tool, or ask the registry to convert it',
    });
  }
  return singleImage(reader, fetched);
}

function singleImage(
  reader: RepositoryReader,
  { bytes, mediaType, digest, descriptor }: DescribedManifest,
): Image {
  const rawManifest = async (): Promise<Uint8Array> => bytes;
  return compressedToImage(
    {
      rawManifest,
      mediaType: async () => mediaType,
      digest: async () => digest,
      descriptor: async () => descriptor,
      rawConfigFile: async (options) => {
        const { config } = await manifest({ rawManifest }, options);
        return fetchConfig(reader, config, options);
      },
      layerByDigest: async (_digest, child) => describedLayer(reader, child),
      configLayer: async (options) => {
        const { config } = await manifest({ rawManifest }, options);
        return compressedToLayer(describedLayer(reader, config));
      },
    },
    { maxConfigBytes: reader.settings.maxConfigBytes },
  );
}

/** Fetches the manifest of an index. */
export async function openIndex(
  reader: RepositoryReader,
  identifier: string,
  platform: Platform,
  { signal }: AbortOptions,
): Promise<ImageIndex> {
  const fetched = await fetchManifest(reader, identifier, { accept: anyIndex, signal });
  requireIndex(reader, fetched);
  return indexOf(reader, { ...fetched, descriptor: descriptorOf(fetched) }, platform);
}

/** The index of a fetched manifest. If a child is an index itself and is read as an image, `platform` chooses the image. */
export function indexOf(
  reader: RepositoryReader,
  { bytes, mediaType, digest, descriptor }: DescribedManifest,
  platform: Platform,
): ImageIndex {
  return indexFromCore({
    rawManifest: async () => bytes,
    mediaType: async () => mediaType,
    digest: async () => digest,
    descriptor: async () => descriptor,
    image: async (child, options) =>
      imageOf(reader, await describedChild(reader, child, options), platform, options),
    imageIndex: async (child, options) => {
      const fetched = await describedChild(reader, child, options);
      requireIndex(reader, fetched);
      return indexOf(reader, fetched, platform);
    },
    layer: async (child) => compressedToLayer(describedLayer(reader, child)),
  });
}

async function describedChild(
  reader: RepositoryReader,
  child: Descriptor,
  options?: AbortOptions,
): Promise<DescribedManifest> {
  return { ...(await fetchChild(reader, child, options)), descriptor: child };
}

/** @throws UnsupportedError for an image. An unknown type passes, because it may turn out to be an index. */
export function requireIndex({ repository }: RepositoryReader, { mediaType, digest }: FetchedManifest): void {
  if (!isImage(mediaType)) return;
  throw new UnsupportedError(`${manifestName(repository, digest)} is an image, not an index`, {
    hint: 'read it as an image',
  });
}
