import { UnsupportedError } from '../../errors/unsupported.js';
import { formatLocation, type ImageLocation } from './location.js';

/**
 * The location for a changed image: the target if there is one, or else the location of the original.
 *
 * @throws UnsupportedError if the original is in an archive, which may hold other images.
 */
export function targetFor(source: ImageLocation, target: ImageLocation | undefined): ImageLocation {
  if (target !== undefined) return target;
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
