import { UnsupportedError } from '../../errors/unsupported.js';
import { formatLocation, type Place } from './location.js';

/**
 * Where a changed image goes: where it was told to, or back to where it came from.
 *
 * @throws {@link UnsupportedError} for an archive, which may hold more than that image.
 */
export function targetFor(source: Place, target: Place | undefined): Place {
  if (target !== undefined) return target;
  if (typeof source === 'string' || source.kind === 'docker' || source.kind === 'docker-daemon')
    return source;
  if (source.kind !== 'oci') {
    throw new UnsupportedError(`${formatLocation(source)}: archives are not changed in place`, {
      hint: 'name a target with `tag`',
    });
  }
  const { kind, path, tag } = source;
  return { kind, path, tag };
}

/** The reference of a place in a registry. */
export function referenceText(place: Place): string | undefined {
  if (typeof place === 'string') return place;
  return place.kind === 'docker' ? place.reference : undefined;
}
