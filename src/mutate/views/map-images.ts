import { assertIndex } from '../../v1/assert-content.js';
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
import { descriptorAfterChange } from './byte-annotations.js';
import { updateReferences } from './references.js';
import { subject } from './subject.js';

/** Options of {@link mapImages}. */
export interface MapImagesOptions {
  /** Whether a child takes part. Other children are not changed. @default all children take part */
  readonly maps?: ((child: Descriptor) => boolean) | undefined;
  /** Changes the media type of the index and of nested indexes. @default the media types are kept */
  readonly mediaType?: ((old: MediaType) => MediaType) | undefined;
  /** Cap on how deep indexes nest. @default 16 */
  readonly maxDepth?: number | undefined;
}

const JOBS = 2;

/**
 * Changes every image of an index, and of its nested indexes, in the same way. An image or index that is listed several
 * times is changed once.
 *
 * Descriptors keep all members that do not describe the changed content. References to a changed sibling are updated:
 * the annotation by which BuildKit's attestations name their image, and the `subject` of a manifest that takes part.
 *
 * The digests of all changed images are computed when the index manifest is first read.
 *
 * @param change - makes the changed image. It is called at most once for each image.
 * @throws LimitExceededError when the result is read, if indexes nest deeper than `maxDepth`.
 */
export function mapImages(
  base: ImageIndex,
  change: (image: Image, options: AbortOptions) => Image | Promise<Image>,
  options: MapImagesOptions = {},
): ImageIndex {
  assertIndex('base', base);
  const { maps = () => true, mediaType, maxDepth = MAX_INDEX_DEPTH } = options;
  return mapIndex(base, { change, maps, mediaType, maxDepth, changed: new Map() }, 1);
}

type Content = Image | ImageIndex;

/** State that all levels of one mapping share. */
interface Mapping extends Pick<MapImagesOptions, 'mediaType'> {
  readonly change: (image: Image, options: AbortOptions) => Image | Promise<Image>;
  readonly maps: (child: Descriptor) => boolean;
  readonly maxDepth: number;
  /** The result for each image and index, by kind and digest. */
  readonly changed: Map<string, Lazy<Content>>;
}

/** A child of an index after the change. */
interface ChangedChild {
  readonly content: Content;
  readonly descriptor: Descriptor;
}

function mapIndex(base: ImageIndex, mapping: Mapping, depth: number): ImageIndex {
  const retyped = async (options?: AbortOptions): Promise<MediaType> => {
    const old = await base.mediaType(options);
    return mapping.mediaType?.(old) ?? old;
  };
  const computed = lazy(async (options) => {
    const manifest = await base.indexManifest(options);
    const changed = await changedChildren(base, manifest, mapping, depth, options);
    const listed = await mapLimit(
      manifest.manifests,
      JOBS,
      async (old, { signal }) => {
        const now = mapping.maps(old) ? changed.get(old.digest) : undefined;
        return now === undefined ? old : describeChanged(old, now.descriptor, { signal });
      },
      options,
    );
    const digests = new Map<string, string>();
    for (const [old, { descriptor }] of changed) digests.set(old, descriptor.digest);
    const document: IndexManifest = {
      ...manifest,
      ...(mapping.mediaType !== undefined && { mediaType: await retyped(options) }),
      manifests: listed.map((child) => updateReferences(child, digests)),
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

/** The changed children of an index that take part, by their old digests. */
async function changedChildren(
  base: ImageIndex,
  { manifests }: IndexManifest,
  mapping: Mapping,
  depth: number,
  options: AbortOptions,
): Promise<ReadonlyMap<Hash, ChangedChild>> {
  const participants = new Map<Hash, Descriptor>();
  for (const child of manifests) {
    const isManifest = isImage(child.mediaType) || isIndex(child.mediaType);
    if (isManifest && !participants.has(child.digest) && mapping.maps(child))
      participants.set(child.digest, child);
  }
  const known = new Map<Hash, Lazy<ChangedChild>>();
  /**
   * Changes a child after the sibling to which it refers. This ends, because references by digest cannot form a cycle.
   */
  const changedOf = async (child: Descriptor, options: AbortOptions): Promise<ChangedChild> => {
    const found =
      known.get(child.digest) ??
      lazy(async (options): Promise<ChangedChild> => {
        const changedContent = await changedOnce(base, child, mapping, depth, options);
        const content =
          'configName' in changedContent ? await updateSubject(changedContent, options) : changedContent;
        return { content, descriptor: await descriptorOf(content, options) };
      });
    known.set(child.digest, found);
    return found(options);
  };
  const updateSubject = async (image: Image, options: AbortOptions): Promise<Image> => {
    const { subject: oldSubject } = await image.manifest(options);
    const sibling = oldSubject && participants.get(oldSubject.digest);
    if (oldSubject === undefined || sibling === undefined) return image;
    const { mediaType, size, digest } = (await changedOf(sibling, options)).descriptor;
    return digest === oldSubject.digest ? image : subject(image, { ...oldSubject, mediaType, size, digest });
  };
  // Few at a time: making the layers of one image may use all processor cores.
  const changed = await mapLimit(
    participants.values(),
    JOBS,
    async (child, { signal }) => [child.digest, await changedOf(child, { signal })] as const,
    options,
  );
  return new Map(changed);
}

/** Changes a child. A digest that is listed several times, at any level, is changed once. */
async function changedOnce(
  base: ImageIndex,
  { digest, mediaType }: Descriptor,
  mapping: Mapping,
  depth: number,
  options: AbortOptions,
): Promise<Content> {
  const key = `${isIndex(mediaType) ? 'index' : 'image'} ${digest}`;
  const found =
    mapping.changed.get(key) ??
    lazy(async (options): Promise<Content> => {
      if (!isIndex(mediaType)) return mapping.change(await base.image(digest, options), options);
      if (depth >= mapping.maxDepth)
        throw new LimitExceededError('nesting of indexes', mapping.maxDepth, 'maxDepth');
      return mapIndex(await base.imageIndex(digest, options), mapping, depth + 1);
    });
  mapping.changed.set(key, found);
  return found(options);
}

async function describeChanged(old: Descriptor, now: Descriptor, options: AbortOptions): Promise<Descriptor> {
  const { artifactType: had, ...kept } = await descriptorAfterChange(old, now, () => false, options);
  // The artifact type of an image is the media type of its config, which may have changed.
  const artifactType = had === undefined ? undefined : (now.artifactType ?? had);
  return { ...kept, ...(artifactType !== undefined && { artifactType }) };
}
