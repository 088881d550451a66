import { annotations } from '../../mutate/annotations.js';
import type { Annotations } from '../../v1/descriptor.js';
import type { Image } from '../../v1/image.js';
import type { ImageLocation } from '../names/location.js';
import { type CraneOptions, referenceOf } from '../names/options.js';
import { registryReference } from '../names/target.js';

/**
 * Annotates an image with its base, so that it can be rebased later. The name of the base is noted only if it is a tag.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
 */
export async function withBaseAnnotations(
  image: Image,
  base: Image,
  location: ImageLocation,
  options: CraneOptions,
): Promise<Image> {
  return annotations(image, await baseAnnotations(base, location, options));
}

/** The annotations that name a base. */
export async function baseAnnotations(
  base: Image,
  location: ImageLocation,
  options: CraneOptions,
): Promise<Annotations> {
  const reference = registryReference(location);
  const parsed = reference === undefined ? undefined : referenceOf(reference, options);
  return {
    'org.opencontainers.image.base.digest': await base.digest({ signal: options.signal }),
    ...(parsed?.kind === 'tag' && { 'org.opencontainers.image.base.name': parsed.name() }),
  };
}
