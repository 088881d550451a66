import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { MediaType } from '../v1/media-type.js';
import type { Platform } from '../v1/platform.js';
import { platformEquals } from '../v1/platform-match.js';
import { canonical } from '../v1/types.js';

/** Whether a descriptor is selected. */
export type Matcher = (descriptor: Descriptor) => boolean;

/** Matches the annotation `org.opencontainers.image.ref.name`, in which layouts keep a manifest's tag. */
export function name(refName: string): Matcher {
  return annotation('org.opencontainers.image.ref.name', refName);
}

/** Matches descriptors that have this annotation with exactly this value. */
export function annotation(key: string, value: string): Matcher {
  return ({ annotations = {} }) => Object.hasOwn(annotations, key) && annotations[key] === value;
}

/**
 * Matches descriptors whose platform equals one of these, in all fields. A descriptor without a platform never matches.
 */
export function platforms(...wanted: readonly Platform[]): Matcher {
  return ({ platform }) => platform !== undefined && wanted.some((other) => platformEquals(platform, other));
}

/**
 * Matches descriptors with one of these media types. Case and parameters are ignored. A descriptor without a media type
 * never matches.
 */
export function mediaTypes(...wanted: readonly MediaType[]): Matcher {
  const set = new Set(wanted.map(canonical));
  return ({ mediaType }) => mediaType !== '' && set.has(canonical(mediaType));
}

/** Matches descriptors with one of these digests. */
export function digests(...wanted: readonly Hash[]): Matcher {
  const set: ReadonlySet<Hash> = new Set(wanted);
  return ({ digest }) => set.has(digest);
}
