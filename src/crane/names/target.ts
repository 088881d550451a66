import { UnsupportedError } from '../../errors/unsupported.js';
import {
  assertLocation,
  formatLocation,
  type ImageLocation,
  type ImageSource,
  isLocation,
} from './location.js';

/**
 * The location for a changed image: the target if there is one, or else the location of the original.
 *
 * @throws TypeError if the original is not at a location.
 * @throws UnsupportedError if the original is in an archive, which may hold other images.
 */
export function targetFor(source: ImageSource, target: ImageLocation | undefined): ImageLocation {
  if (target !== undefined) {
    assertLocation(target, 'tag');
    return target;
  }
  if (!isLocation(source)) {
    throw new TypeError('`tag` must say where the result is written, because the source is not a location');
  }
  if (typeof source === 'string' || source.kind === 'docker' || source.kind === 'docker-daemon')
    return source;
  if (source.kind !== 'oci') {
    throw new UnsupportedError(`${formatLocation(source)}: an archive cannot be changed in place`, {
      hint: 'name a target with `tag`',
    });
  }
  const { kind, path, tag } = source;
  return { kind, path, tag };
}

/** The reference, if the location is in a registry. */
export function registryReference(location: ImageLocation): string | undefined {
  if (typeof location === 'string') return location;
  return location.kind === 'docker' ? location.reference : undefined;
}
