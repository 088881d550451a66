import type { AbortOptions } from '../../internal/async/abort.js';
import { artifactType } from '../../partial/capabilities.js';
import { bestFor, defaultPlatform } from '../../remote/connection/platform-choice.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import { isConfig, isImage, isIndex } from '../../v1/types.js';
import type { ImageSource } from '../locations/source.js';
import type { CraneOptions } from '../names/options.js';
import { baseOf } from './base-of.js';
import { type Child, childrenOf } from './children.js';
import { blobSizes, describeImage, totalOf } from './describe-image.js';
import type { Inspection } from './inspection.js';
import { openSubject, referrersOf, type Subject } from './subject.js';

/** What to look up. */
export interface InspectOptions extends CraneOptions {
  /** Lists the manifests that refer to this one, which costs a request. Only a registry can list them. @default true */
  readonly referrers?: boolean | undefined;
  /** Cap on the number of manifests in an index and in its nested indexes. @default 1000 */
  readonly maxManifests?: number | undefined;
}

/**
 * Describes an image, an index or an artifact at any location. With `platform`, an index is replaced by its image for that
 * platform.
 *
 * In a registry, an image costs three requests: its manifest, its config and the list of its referrers, for which a
 * registry without the API for referrers is asked twice. An index costs one more for each image in it. No layer is read,
 * except in a daemon or in an archive with plain layers, whose digests are not stored.
 *
 * @throws NotFoundError if nothing is found. A missing child of an index is not an error.
 */
export async function inspect(source: ImageSource, options: InspectOptions = {}): Promise<Inspection> {
  const { referrers: wantsReferrers = true, maxManifests, ...craneOptions } = options;
  const { signal } = craneOptions;
  const subject = await openSubject(source, craneOptions);
  const { found } = subject;
  const isWholeIndex = isIndex(found.mediaType) && craneOptions.platform === undefined;
  const image = isWholeIndex || !isKnown(found.mediaType) ? undefined : await found.image({ signal });
  const digest = await (image ?? found).digest({ signal });
  const [content, referrers] = await Promise.all([
    isWholeIndex
      ? inspectIndex(subject, digest, maxManifests)
      : image === undefined
        ? unknownContent
        : inspectImage(image, digest, { signal }),
    wantsReferrers ? referrersOf(subject, digest) : undefined,
  ]);
  const mediaType = image === undefined ? found.mediaType : await image.mediaType({ signal });
  return { location: subject.location, digest, mediaType, ...content, referrers };
}

type Content = Omit<Inspection, 'location' | 'digest' | 'mediaType' | 'referrers'>;

const isKnown = (mediaType: string): boolean => isIndex(mediaType) || isImage(mediaType);

const nothing = { artifactType: undefined, image: undefined, manifests: [], blobs: [] } as const;

const unknownContent: Content = {
  ...nothing,
  kind: 'unknown',
  size: undefined,
  annotations: {},
  base: undefined,
};

async function inspectImage(image: Image, digest: Hash, options: AbortOptions): Promise<Content> {
  const manifest = await image.manifest(options);
  const { annotations = {}, config, layers } = manifest;
  const facts = {
    ...nothing,
    size: totalOf(blobSizes(digest, await image.size(options), manifest)),
    annotations,
    base: baseOf(annotations),
  };
  if (isConfig(config.mediaType))
    return { ...facts, kind: 'image', image: await describeImage(image, options) };
  return { ...facts, kind: 'artifact', artifactType: await artifactType(image, options), blobs: layers };
}

async function inspectIndex(
  { found, options }: Subject,
  digest: Hash,
  maxManifests: number | undefined,
): Promise<Content> {
  const { signal } = options;
  const index = await found.imageIndex({ signal });
  const { annotations = {}, artifactType: declaredType } = await index.indexManifest({ signal });
  const children = await childrenOf(index, { ...options, maxManifests });
  const image = shownImage(children);
  const sizes = new Map([
    [digest, await index.size({ signal })],
    ...children.flatMap((child) => [...child.sizes]),
  ]);
  return {
    ...nothing,
    kind: 'index',
    artifactType: declaredType,
    size: totalOf(sizes),
    annotations,
    base: baseOf(annotations) ?? baseOf((await image?.manifest({ signal }))?.annotations),
    manifests: children.map(({ inspected }) => inspected),
    image: image && (await describeImage(image, { signal })),
  };
}

/** The image of an index that is described in detail: that for linux/amd64, or else the first one. */
function shownImage(children: readonly Child[]): Image | undefined {
  const images = children.filter((child) => child.image !== undefined);
  const descriptors = images.map(({ descriptor, inspected }) => ({
    ...descriptor,
    platform: inspected.platform,
  }));
  const best = bestFor(descriptors, defaultPlatform);
  return (images.find(({ descriptor }) => descriptor.digest === best?.digest) ?? images[0])?.image;
}
