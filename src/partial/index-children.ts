import type { AbortOptions } from '../internal/async/abort.js';
import { mapLimit } from '../internal/async/limit.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import { isImage, isIndex } from '../v1/types.js';
import type { Describable } from './capabilities.js';

/** An index that has its children as objects, such as one that `mutate.appendManifests` made. */
export interface WithManifests {
  /** The children in the order of the index. */
  manifests(options?: AbortOptions): Promise<readonly Describable[]>;
}

/** Options of {@link computeManifests}. */
export interface ComputeManifestsOptions extends AbortOptions {
  /** How many children are opened at the same time. @default 4 */
  readonly jobs?: number | undefined;
}

/**
 * The children of an index, in its order, as images, indexes and layers. Unlike the index manifest, this does not need
 * the children's digests, so the children may contain one-shot streams that have not been read yet.
 */
export async function manifests(
  index: ImageIndex & Partial<WithManifests>,
  options?: ComputeManifestsOptions,
): Promise<readonly Describable[]> {
  return index.manifests === undefined ? computeManifests(index, options) : index.manifests(options);
}

/**
 * Opens every child that the index manifest lists, in its order. A child of a kind that the index cannot open is
 * returned as an object that has only its descriptor.
 */
export async function computeManifests(
  index: ImageIndex,
  options: ComputeManifestsOptions = {},
): Promise<readonly Describable[]> {
  const { manifests: children } = await index.indexManifest(options);
  return mapLimit(
    children,
    options.jobs ?? 4,
    async (child, { signal }): Promise<Describable> => {
      if (isImage(child.mediaType)) return index.image(child.digest, { signal });
      if (isIndex(child.mediaType)) return index.imageIndex(child.digest, { signal });
      return index.layer?.(child.digest, { signal }) ?? described(child);
    },
    options,
  );
}

function described(descriptor: Descriptor): Describable {
  return {
    digest: async () => descriptor.digest,
    size: async () => descriptor.size,
    mediaType: async () => descriptor.mediaType,
    descriptor: async () => descriptor,
  };
}
