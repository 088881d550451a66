import { annotations } from '../../mutate/annotations.js';
import type { Image } from '../../v1/image.js';
import type { Place } from '../locations/location.js';
import { type CraneOptions, referenceOf } from '../locations/options.js';
import { referenceText } from '../locations/target.js';

/**
 * Notes in an image what it is based on, so that it can be rebased.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
 */
export async function withBase(
  image: Image,
  base: Image,
  place: Place,
  options: CraneOptions,
): Promise<Image> {
  const reference = referenceText(place);
  const named = reference === undefined ? undefined : referenceOf(reference, options);
  return annotations(image, {
    'org.opencontainers.image.base.digest': await base.digest({ signal: options.signal }),
    ...(named?.kind === 'tag' && { 'org.opencontainers.image.base.name': named.name() }),
  });
}
