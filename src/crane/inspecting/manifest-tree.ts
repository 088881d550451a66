import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';
import type { Platform } from '../../v1/platform.js';

/** A manifest with the manifests that it lists, and with those that refer to it. */
export interface ManifestTree {
  /** Digest of the manifest. */
  readonly digest: Hash;
  /** Media type of the manifest. */
  readonly mediaType: MediaType;
  /** Size of the manifest in bytes, without the blobs that it lists. */
  readonly size: number;
  /** Type of an artifact, as the index or the list of referrers has it. */
  readonly artifactType: string | undefined;
  /** The platform that the index lists. */
  readonly platform: Platform | undefined;
  /** Annotations of the descriptor, not of the manifest. */
  readonly annotations: Annotations;
  /** The children of an index. */
  readonly manifests: readonly ManifestTree[];
  /** The manifests that refer to this one. */
  readonly referrers: readonly ManifestTree[];
  /**
   * Why nothing below this manifest was looked up: it is deeper than `depth`, it is in the tree already, or it is an
   * index that the registry lists and does not have. Undefined if everything below it is known.
   */
  readonly omitted: 'depth' | 'repeated' | 'missing' | undefined;
}

/** The parts of a tree's node that its descriptor has. */
export function nodeOf(
  descriptor: Descriptor,
): Pick<ManifestTree, 'digest' | 'mediaType' | 'size' | 'artifactType' | 'platform' | 'annotations'> {
  const { digest, mediaType, size, artifactType, platform, annotations = {} } = descriptor;
  return { digest, mediaType, size, artifactType, platform, annotations };
}
