import { NotFoundError } from '../errors/not-found.js';
import type { AbortOptions } from '../internal/abort.js';
import { lazy } from '../internal/lazy.js';
import { mapLimit } from '../internal/limit.js';
import { descriptor as descriptorOf } from '../partial/capabilities.js';
import { indexFromCore } from '../partial/index-from-core.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { IndexManifest } from '../v1/manifest.js';
import { marshalIndexManifest } from '../v1/marshal.js';
import type { MediaType } from '../v1/media-type.js';
import { isImage, isIndex } from '../v1/types.js';
import { descriptorAfter } from './byte-annotations.js';

export interface MapImagesOptions {
  /** Whether a child takes part; the others stay as they are. */
  readonly maps?: ((child: Descriptor) => boolean) | undefined;
  /** The media type of the index, and of indexes within it. */
  readonly mediaType?: ((old: MediaType) => MediaType) | undefined;
}

const JOBS = 2;

/** Names the image that an attestation of BuildKit's is about. */
const ATTESTED = 'vnd.docker.reference.digest';

/**
 * An index with every image in it changed in the same way, those of indexes within it too. Descriptors keep all that is
 * not about the changed content, and annotations that name a changed sibling name the new one.
 *
 * The images are asked for their digests when the index is.
 */
export function mapImages(
  base: ImageIndex,
  change: (image: Image, options: AbortOptions) => Image | Promise<Image>,
  options: MapImagesOptions = {},
): ImageIndex {
  const { maps = () => true, mediaType: retype = (same: MediaType) => same } = options;
  const changedChild = async (
    child: Descriptor,
    o: AbortOptions,
  ): Promise<Image | ImageIndex | undefined> => {
    if (!maps(child)) return undefined;
    if (isImage(child.mediaType)) return change(await base.image(child.digest, o), o);
    if (isIndex(child.mediaType)) return mapImages(await base.imageIndex(child.digest, o), change, options);
    return undefined;
  };

  const computed = lazy(async (o) => {
    const manifest = await base.indexManifest(o);
    // Each may have layers to make, which takes all cores.
    const children = await mapLimit(
      manifest.manifests,
      JOBS,
      async (old, { signal }) => {
        const changed = await changedChild(old, { signal });
        return { old, changed, now: changed === undefined ? old : await described(old, changed, { signal }) };
      },
      o,
    );
    const renamed = new Map<string, string>(children.map(({ old, now }) => [old.digest, now.digest]));
    const type = retype(await base.mediaType(o));
    const mapped: IndexManifest = {
      ...manifest,
      ...(options.mediaType !== undefined && { mediaType: type }),
      manifests: children.map(({ now }) => renamedReference(now, renamed)),
    };
    return {
      rawManifest: marshalIndexManifest(mapped),
      changed: new Map(children.map(({ now, changed }) => [now.digest, changed])),
    };
  });

  return indexFromCore({
    mediaType: async (o) => retype(await base.mediaType(o)),
    rawManifest: async (o) => (await computed(o)).rawManifest,
    image: async ({ digest }, o) => {
      const child = (await computed(o)).changed.get(digest);
      return child !== undefined && 'configName' in child ? child : base.image(digest, o);
    },
    imageIndex: async ({ digest }, o) => {
      const child = (await computed(o)).changed.get(digest);
      return child !== undefined && 'indexManifest' in child ? child : base.imageIndex(digest, o);
    },
    layer: async ({ digest }, o) => {
      if (base.layer === undefined) throw new NotFoundError(`${digest}: the index has no such blob`);
      return base.layer(digest, o);
    },
  });
}

async function described(
  old: Descriptor,
  changed: Image | ImageIndex,
  options: AbortOptions,
): Promise<Descriptor> {
  const now = await descriptorOf(changed, options);
  const { artifactType: had, ...kept } = await descriptorAfter(old, now, () => false, options);
  // For an image that is its config's media type, and changes with that.
  const artifactType = had === undefined ? undefined : (now.artifactType ?? had);
  return { ...kept, ...(artifactType !== undefined && { artifactType }) };
}

function renamedReference(child: Descriptor, renamed: ReadonlyMap<string, string>): Descriptor {
  const { annotations } = child;
  if (annotations === undefined || !Object.hasOwn(annotations, ATTESTED)) return child;
  const now = renamed.get(annotations[ATTESTED] ?? '');
  return now === undefined ? child : { ...child, annotations: { ...annotations, [ATTESTED]: now } };
}
