import type { Descriptor } from '../../v1/descriptor.js';

/** Annotations of a descriptor in an index that name a sibling by its digest. */
const SIBLING_ANNOTATIONS = [
  // The image that an attestation of BuildKit's is about.
  'vnd.docker.reference.digest',
  // The image that an index of SOCI's is about.
  'com.amazon.soci.image-manifest-digest',
];

/** A descriptor whose annotations name siblings by the digests that they have now. */
export function updateReferences(child: Descriptor, digests: ReadonlyMap<string, string>): Descriptor {
  const { annotations } = child;
  if (annotations === undefined) return child;
  const renamed = SIBLING_ANNOTATIONS.flatMap((name) => {
    const now = Object.hasOwn(annotations, name) ? digests.get(annotations[name] ?? '') : undefined;
    return now === undefined ? [] : [[name, now] as const];
  });
  if (renamed.length === 0) return child;
  return { ...child, annotations: { ...annotations, ...Object.fromEntries(renamed) } };
}
