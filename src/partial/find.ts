import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { isImage, isIndex } from '../v1/types.js';

/** Whether a descriptor is selected. The `match` namespace makes such functions. */
export type DescriptorMatcher = (descriptor: Descriptor) => boolean;

/** The descriptors of an index that match, in its order. Nested indexes are not searched. */
export async function findManifests(
  index: ImageIndex,
  matcher: DescriptorMatcher,
  options?: AbortOptions,
): Promise<readonly Descriptor[]> {
  return (await index.indexManifest(options)).manifests.filter((child) => matcher(child));
}

/** The images of an index whose descriptors match. Matching descriptors of other content are left out. */
export async function findImages(
  index: ImageIndex,
  matcher: DescriptorMatcher,
  options?: AbortOptions,
): Promise<readonly Image[]> {
  const found = await findManifests(index, matcher, options);
  return Promise.all(
    found
      .filter(({ mediaType }) => isImage(mediaType))
      .map(async ({ digest }) => index.image(digest, options)),
  );
}

/** The nested indexes whose descriptors match. Matching descriptors of other content are left out. */
export async function findIndexes(
  index: ImageIndex,
  matcher: DescriptorMatcher,
  options?: AbortOptions,
): Promise<readonly ImageIndex[]> {
  const found = await findManifests(index, matcher, options);
  return Promise.all(
    found
      .filter(({ mediaType }) => isIndex(mediaType))
      .map(async ({ digest }) => index.imageIndex(digest, options)),
  );
}
