import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazy } from '../internal/async/lazy.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import { type Platform, platformToString } from '../v1/platform.js';
import { ociImageIndex } from '../v1/types.js';
import { descriptor } from '../partial/capabilities.js';
import { configuredPlatform } from '../partial/child-platform.js';
import { indexFromCore } from '../partial/index-from-core.js';
import type { StoredImage } from './images.js';

interface ImageWithPlatform {
  readonly image: Image;
  readonly platform: Platform | undefined;
}

/** An index of images that no index lists. Its manifest is made when it is first read. */
export function gatheredIndex(images: readonly StoredImage[]): ImageIndex {
  const listed = lazy(async (options) => {
    const children: { readonly image: Image; readonly descriptor: Descriptor }[] = [];
    for (const { image, platform } of await openWithPlatforms(images, options)) {
      const described = await descriptor(image, options);
      children.push({ image, descriptor: { ...described, ...(platform && { platform }) } });
    }
    return children;
  });
  return indexFromCore({
    mediaType: async () => ociImageIndex,
    rawManifest: async (options) =>
      marshalIndexManifest({
        schemaVersion: 2,
        mediaType: ociImageIndex,
        manifests: (await listed(options)).map((child) => child.descriptor),
      }),
    image: async ({ digest }, options) => {
      const found = (await listed(options)).find((child) => child.descriptor.digest === digest);
      if (found === undefined) throw new NotFoundError(`image ${digest}: the index has no such child`);
      return found.image;
    },
    imageIndex: async ({ digest }) => Promise.reject(new NotFoundError(`index ${digest}: it is an image`)),
  });
}

/** Whether images can share an index: each has a platform, and no two platforms are equal. */
export async function haveDistinctPlatforms(
  images: readonly StoredImage[],
  options: AbortOptions,
): Promise<boolean> {
  const platforms = (await openWithPlatforms(images, options)).map(
    ({ platform }) => platform && platformToString(platform),
  );
  return !platforms.includes(undefined) && new Set(platforms).size === platforms.length;
}

async function openWithPlatforms(
  images: readonly StoredImage[],
  options: AbortOptions,
): Promise<readonly ImageWithPlatform[]> {
  const found: ImageWithPlatform[] = [];
  for (const stored of images) {
    const image = await stored.open(options);
    found.push({ image, platform: stored.platform ?? (await configuredPlatform(image, options)) });
  }
  return found;
}
