import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Lazy, lazy } from '../../internal/async/lazy.js';
import { mapLimit } from '../../internal/async/limit.js';
import { descriptor as descriptorOf } from '../../partial/capabilities.js';
import { indexFromCore } from '../../partial/index-from-core.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { IndexManifest } from '../../v1/manifest.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import type { MediaType } from '../../v1/media-type.js';
import { isImage, isIndex } from '../../v1/types.js';
import { descriptorAfter } from './byte-annotations.js';
import { referencesInStep } from './references.js';
import { subject } from './subject.js';

export interface MapImagesOptions {
  /** Whether a child takes part; the others stay as they are. */
  readonly maps?: ((child: Descriptor) => boolean) | undefined;
  /** The media type of the index, and of indexes within it. */
  readonly mediaType?: ((old: MediaType) => MediaType) | undefined;
  /** Cap on the nesting of indexes. @default 16 */
  readonly maxDepth?: number | undefined;
}

const JOBS = 2;

/**
 * An index with every image in it changed in the same way, those of indexes within it too. An image or index that is
 * listed several times is changed once.
 *
 * Descriptors keep all that is not about the changed content. What refers to a changed sibling, such as an attestation
 * of BuildKit's by its annotation, or a manifest that takes part by its subject, refers to the new one.
 *
 * The images are asked for their digests when the index is.
 *
 * @throws LimitExceededError when it is read, for indexes that nest too deep.
 */
export function mapImages(
  base: ImageIndex,
  change: (image: Image, options: AbortOptions) => Image | Promise<Image>,
  options: MapImagesOptions = {},
): ImageIndex {
  const { maps = () => true, mediaType, maxDepth = MAX_INDEX_DEPTH } = options;
  return mapped(base, { change, maps, mediaType, maxDepth, changed: new Map() }, 1);
}

type Content = Image | ImageIndex;

/** What one mapping shares between all levels. */
interface Walk extends Pick<MapImagesOptions, 'mediaType'> {
  readonly change: (image: Image, options: AbortOptions) => Image | Promise<Image>;
  readonly maps: (child: Descriptor) => boolean;
  readonly maxDepth: number;
  /** What became of each image and index, wherever it is listed. */
  readonly changed: Map<string, Lazy<Content>>;
}

/** What became of a child of an index. */
interface Changed {
  readonly content: Content;
  readonly descriptor: Descriptor;
}

function mapped(base: ImageIndex, walk: Walk, depth: number): ImageIndex {
  const retyped = async (options?: AbortOptions): Promise<MediaType> => {
    const old = await base.mediaType(options);
    return walk.mediaType?.(old) ?? old;
  };
  const computed = lazy(async (options) => {
    const manifest = await base.indexManifest(options);
    const changed = await changedChildren(base, manifest, walk, depth, options);
    const listed = await mapLimit(
      manifest.manifests,
      JOBS,
      async (old, { signal }) => {
        const now = walk.maps(old) ? changed.get(old.digest) : undefined;
        return now === undefined ? old : described(old, now.descriptor, { signal });
      },
      options,
    );
    const digests = new Map<string, string>();
    for (const [old, { descriptor }] of changed) digests.set(old, descriptor.digest);
    const document: IndexManifest = {
      ...manifest,
      ...(walk.mediaType !== undefined && { mediaType: await retyped(options) }),
      manifests: listed.map((child) => referencesInStep(child, digests)),
    };
    return {
      rawManifest: marshalIndexManifest(document),
      changed: new Map(
        Array.from(changed.values(), ({ descriptor, content }) => [descriptor.digest, content]),
      ),
    };
  });

  return indexFromCore({
    mediaType: retyped,
    rawManifest: async (options) => (await computed(options)).rawManifest,
    image: async ({ digest }, options) => {
      const child = (await computed(options)).changed.get(digest);
      return child !== undefined && 'configName' in child ? child : base.image(digest, options);
    },
    imageIndex: async ({ digest }, options) => {
      const child = (await computed(options)).changed.get(digest);
      return child !== undefined && isImageIndex(child) ? child : base.imageIndex(digest, options);
    },
    layer: async ({ digest }, options) => {
      if (base.layer === undefined) throw new NotFoundError(`${digest}: the index has no such blob`);
      return base.layer(digest, options);
    },
  });
}

/** What becomes of the children of an index that take part, by their old digests. */
async function changedChildren(
  base: ImageIndex,
  { manifests }: IndexManifest,
  walk: Walk,
  depth: number,
  options: AbortOptions,
): Promise<ReadonlyMap<Hash, Changed>> {
  const taking = new Map<Hash, Descriptor>();
  for (const child of manifests) {
    const isManifest = isImage(child.mediaType) || isIndex(child.mediaType);
    if (isManifest && !taking.has(child.digest) && walk.maps(child)) taking.set(child.digest, child);
  }
  const known = new Map<Hash, Lazy<Changed>>();
  /** A child is known when the sibling that it refers to is; a digest cannot refer to itself, not in a circle either. */
  const changedOf = async (child: Descriptor, options: AbortOptions): Promise<Changed> => {
    const found =
      known.get(child.digest) ??
      lazy(async (options): Promise<Changed> => {
        const own = await changedOnce(base, child, walk, depth, options);
        const content = 'configName' in own ? await subjectInStep(own, options) : own;
        return { content, descriptor: await descriptorOf(content, options) };
      });
    known.set(child.digest, found);
    return found(options);
  };
  const subjectInStep = async (image: Image, options: AbortOptions): Promise<Image> => {
    const { subject: about } = await image.manifest(options);
    const sibling = about && taking.get(about.digest);
    if (about === undefined || sibling === undefined) return image;
    const { mediaType, size, digest } = (await changedOf(sibling, options)).descriptor;
    return digest === about.digest ? image : subject(image, { ...about, mediaType, size, digest });
  };
  // Each may have layers to make, which takes all cores.
  const changed = await mapLimit(
    taking.values(),
    JOBS,
    async (child, { signal }) => [child.digest, await changedOf(child, { signal })] as const,
    options,
  );
  return new Map(changed);
}

/** A child after the change, which is made once for a digest, wherever that is listed. */
async function changedOnce(
  base: ImageIndex,
  { digest, mediaType }: Descriptor,
  walk: Walk,
  depth: number,
  options: AbortOptions,
): Promise<Content> {
  const key = `${isIndex(mediaType) ? 'index' : 'image'} ${digest}`;
  const found =
    walk.changed.get(key) ??
    lazy(async (options): Promise<Content> => {
      if (!isIndex(mediaType)) return walk.change(await base.image(digest, options), options);
      if (depth >= walk.maxDepth)
        throw new LimitExceededError('nesting of indexes', walk.maxDepth, 'maxDepth');
      return mapped(await base.imageIndex(digest, options), walk, depth + 1);
    });
  walk.changed.set(key, found);
  return found(options);
}

async function described(old: Descriptor, now: Descriptor, options: AbortOptions): Promise<Descriptor> {
  const { artifactType: had, ...kept } = await descriptorAfter(old, now, () => false, options);
  // For an image that is its config's media type, and changes with that.
  const artifactType = had === undefined ? undefined : (now.artifactType ?? had);
  return { ...kept, ...(artifactType !== undefined && { artifactType }) };
}
