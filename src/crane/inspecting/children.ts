import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { mapLimit } from '../../internal/async/limit.js';
import { configuredPlatform, hasPlatform } from '../../partial/child-platform.js';
import { isAttestation } from '../../stored/select-image.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { isConfig, isImage, isIndex } from '../../v1/types.js';
import type { CraneOptions } from '../names/options.js';
import { blobSizes, totalOf } from './describe-image.js';
import type { InspectedManifest } from './inspection.js';

/** How many manifests one call reads, unless an option sets another cap. */
export const MAX_MANIFESTS = 1000;

/** A child of an index, and what was read to describe it. */
export interface Child {
  readonly inspected: InspectedManifest;
  readonly descriptor: Descriptor;
  /** The image, if the child is one and exists. */
  readonly image: Image | undefined;
  /** The size of each blob below the child, by digest. */
  readonly sizes: ReadonlyMap<Hash, number>;
}

export interface ChildrenOptions extends CraneOptions {
  readonly maxManifests?: number | undefined;
}

/**
 * Describes the children of an index, and those of its nested indexes after them. Each image and nested index costs one
 * request.
 */
export async function childrenOf(index: ImageIndex, options: ChildrenOptions): Promise<readonly Child[]> {
  const { signal, jobs = 4, maxManifests = MAX_MANIFESTS } = options;
  const children: Child[] = [];
  const seen = new Set<Hash>();
  let level: readonly ImageIndex[] = [index];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_INDEX_DEPTH) throw new LimitExceededError('nesting of indexes', MAX_INDEX_DEPTH);
    const listed: { readonly parent: ImageIndex; readonly descriptor: Descriptor }[] = [];
    for (const parent of level) {
      for (const descriptor of (await parent.indexManifest({ signal })).manifests) {
        if (seen.has(descriptor.digest)) continue;
        seen.add(descriptor.digest);
        listed.push({ parent, descriptor });
      }
    }
    if (seen.size > maxManifests)
      throw new LimitExceededError('number of manifests in the index', maxManifests, 'maxManifests');
    const described = await mapLimit(
      listed,
      jobs,
      async ({ parent, descriptor }, { signal }) => describeChild(parent, descriptor, { signal }),
      { signal },
    );
    children.push(...described.map(({ child }) => child));
    level = described.flatMap(({ nested }) => nested ?? []);
  }
  return children;
}

interface Described {
  readonly child: Child;
  readonly nested?: ImageIndex | undefined;
}

async function describeChild(
  parent: ImageIndex,
  descriptor: Descriptor,
  options: Pick<CraneOptions, 'signal'>,
): Promise<Described> {
  const { digest, mediaType } = descriptor;
  const platform = hasPlatform(descriptor) ? descriptor.platform : undefined;
  const facts = { digest, mediaType, platform, size: undefined, missing: false };
  const child = (inspected: InspectedManifest, image?: Image, sizes?: Child['sizes']): Child => ({
    inspected,
    descriptor,
    image,
    sizes: sizes ?? new Map(),
  });
  if (isAttestation({ platform })) return { child: child({ ...facts, kind: 'attestation' }) };
  try {
    if (isIndex(mediaType)) {
      const nested = await parent.imageIndex(digest, options);
      const size = await nested.size(options);
      return {
        child: child({ ...facts, kind: 'index', size }, undefined, new Map([[digest, size]])),
        nested,
      };
    }
    if (!isImage(mediaType)) return { child: child({ ...facts, kind: 'unknown' }) };
    const image = await parent.image(digest, options);
    const manifest = await image.manifest(options);
    const sizes = blobSizes(digest, await image.size(options), manifest);
    const size = totalOf(sizes);
    if (!isConfig(manifest.config.mediaType))
      return { child: child({ ...facts, kind: 'artifact', size }, undefined, sizes) };
    const known = platform ?? (await configuredPlatform(image, options));
    return { child: child({ ...facts, kind: 'image', platform: known, size }, image, sizes) };
  } catch (error) {
    // A mirror may have only some images of an index.
    if (!(error instanceof NotFoundError)) throw error;
    const kind = isIndex(mediaType) ? 'index' : 'image';
    return { child: child({ ...facts, kind, missing: true }) };
  }
}
