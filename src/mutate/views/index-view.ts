import { assertIndex } from '../../v1/assert-content.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { NotComputedError } from '../../errors/stream-state.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import type { Describable } from '../../partial/capabilities.js';
import { indexFromCore } from '../../partial/index-from-core.js';
import { computeManifests, manifests, type WithManifests } from '../../partial/index-children.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import type { IndexManifest } from '../../v1/manifest.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import type { MediaType } from '../../v1/media-type.js';

/** A child to add to an index. */
export interface AddedChild {
  readonly child: Image | ImageIndex | Layer;
  descriptor(options?: AbortOptions): Promise<Descriptor>;
}

/** The change that a view makes to its base. If a member is missing, its part is not changed. */
export interface IndexChange {
  /** Whether a child of the base is kept. */
  keeps?(child: Descriptor): boolean;
  readonly adds?: readonly AddedChild[];
  readonly mediaType?: MediaType;
  /** Receives the manifest with the changed children. */
  manifest?(manifest: IndexManifest): IndexManifest;
}

/** An index that is equal to its base except for one change. Nothing is read before a method is called. */
export function changedIndex(base: ImageIndex, change: IndexChange): ImageIndex & WithManifests {
  assertIndex('base', base);
  const { adds = [] } = change;
  const computed = lazy(async (options) => {
    const manifest = await base.indexManifest(options);
    const kept = manifest.manifests.filter((child) => change.keeps?.(child) ?? true);
    const added = await Promise.all(adds.map(async (add) => add.descriptor(options)));
    const changed: IndexManifest = {
      ...manifest,
      ...(change.mediaType !== undefined && { mediaType: change.mediaType }),
      manifests: [...kept, ...added],
    };
    return {
      rawManifest: marshalIndexManifest(change.manifest?.(changed) ?? changed),
      children: new Map(added.map(({ digest }, at) => [digest, adds[at]?.child])),
    };
  });
  const added = async (digest: Hash, options?: AbortOptions): Promise<AddedChild['child'] | undefined> =>
    (await computed(options)).children.get(digest);

  const index = indexFromCore({
    mediaType: async (options) => change.mediaType ?? base.mediaType(options),
    rawManifest: async (options) => (await computed(options)).rawManifest,
    image: async ({ digest }, options) => {
      const child = await added(digest, options);
      return child !== undefined && 'configName' in child ? child : base.image(digest, options);
    },
    imageIndex: async ({ digest }, options) => {
      const child = await added(digest, options);
      return child !== undefined && isImageIndex(child) ? child : base.imageIndex(digest, options);
    },
    layer: async ({ digest }, options) => {
      const child = await added(digest, options);
      if (child !== undefined && 'compressed' in child) return child;
      if (base.layer === undefined) throw new NotFoundError(`${digest}: the index has no such blob`);
      return base.layer(digest, options);
    },
  });
  return Object.freeze({
    ...index,
    manifests: async (options?: AbortOptions): Promise<readonly Describable[]> => {
      try {
        return await computeManifests(index, options);
      } catch (error) {
        // As for images, a sink gets the children to read their one-shot streams first.
        if (!(error instanceof NotComputedError)) throw error;
        return [...(await manifests(base, options)), ...adds.map(({ child }) => child)];
      }
    },
  });
}
