import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { MediaType } from '../v1/media-type.js';
import type { Platform } from '../v1/platform.js';
import { platformEquals } from '../v1/platform-match.js';
import { canonical } from '../v1/types.js';

/** Says whether a descriptor is one that is looked for. */
export type Matcher = (descriptor: Descriptor) => boolean;

/** Matches the annotation under which layouts keep a manifest's tag, `org.opencontainers.image.ref.name`. */
export function name(refName: string): Matcher {
  return annotation('org.opencontainers.image.ref.name', refName);
}

/** Matches an annotation with exactly this value. */
export function annotation(key: string, value: string): Matcher {
  return ({ annotations = {} }) => Object.hasOwn(annotations, key) && annotations[key] === value;
}

/** Matches any of the platforms exactly; never a descriptor without one. */
export function platforms(...wanted: readonly Platform[]): Matcher {
  return ({ platform }) => platform !== undefined && wanted.some((other) => platformEquals(platform, other));
}

/** Matches any of the media types, whatever their case and parameters; never a descriptor without one. */
export function mediaTypes(...wanted: readonly MediaType[]): Matcher {
  const set = new Set(wanted.map(canonical));
  return ({ mediaType }) => mediaType !== '' && set.has(canonical(mediaType));
}

/** Matches any of the digests. */
export function digests(...wanted: readonly Hash[]): Matcher {
  const set: ReadonlySet<Hash> = new Set(wanted);
  return ({ digest }) => set.has(digest);
}
