import type { Descriptor } from '../../v1/descriptor.js';

/** Annotations of descriptors in an index whose value is the digest of a sibling. */
const SIBLING_ANNOTATIONS = [
  // The image that BuildKit's attestation describes.
  'vnd.docker.reference.digest',
  // The image that SOCI's index describes.
  'com.amazon.soci.image-manifest-digest',
];

/** Replaces old digests of siblings in the annotations of a descriptor with their new digests. */
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
