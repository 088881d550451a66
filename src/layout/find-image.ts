import { AmbiguousError } from '../errors/ambiguous.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { type ImageIndex, MAX_INDEX_DEPTH } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { isIndex } from '../v1/types.js';

/** Finds the image with a digest in an index, or in an index within it. */
export async function imageByDigest(index: ImageIndex, digest: Hash, options: AbortOptions): Promise<Image> {
  return (
    (await search(index, digest, { depth: MAX_INDEX_DEPTH, seen: new Set() }, options)) ??
    throwNotListed(digest)
  );
}

/**
 * The only image of an index.
 *
 * @throws NotFoundError if the index is empty.
 * @throws AmbiguousError if the index lists several manifests, or another index.
 */
export async function singleImage(index: ImageIndex, options: AbortOptions): Promise<Image> {
  const { manifests } = await index.indexManifest(options);
  const [first] = manifests;
  if (first === undefined) throw new NotFoundError('layout: it contains no image');
  if (manifests.length > 1) {
    throw new AmbiguousError(
      `layout: it contains ${manifests.length} manifests to choose from`,
      manifests.map(describeEntry),
      {
        hint: 'choose one by its digest',
      },
    );
  }
  if (!isIndex(first.mediaType)) return index.image(first.digest, options);
  const children = (await (await index.imageIndex(first.digest, options)).indexManifest(options)).manifests;
  throw new AmbiguousError(
    'layout: it contains an index with images to choose from',
    children.map(describeEntry),
    {
      hint: 'choose one by its digest, or use the index',
    },
  );
}

interface Search {
  readonly depth: number;
  /** Indexes that were searched already; several indexes may list the same one. */
  readonly seen: Set<Hash>;
}

async function search(
  index: ImageIndex,
  digest: Hash,
  { depth, seen }: Search,
  options: AbortOptions,
): Promise<Image | undefined> {
  const { manifests } = await index.indexManifest(options);
  if (manifests.some((child) => child.digest === digest)) return index.image(digest, options);
  if (depth === 0) return undefined;
  for (const child of manifests) {
    if (!isIndex(child.mediaType) || seen.has(child.digest)) continue;
    seen.add(child.digest);
    try {
      const nested = await index.imageIndex(child.digest, options);
      const found = await search(nested, digest, { depth: depth - 1, seen }, options);
      if (found !== undefined) return found;
    } catch (error) {
      // A layout need not contain everything that its indexes list.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  return undefined;
}

function throwNotListed(digest: Hash): never {
  throw new NotFoundError(`image ${digest}: the layout does not list it`);
}

function describeEntry({ digest, platform, annotations }: Descriptor): string {
  const name = annotations?.['org.opencontainers.image.ref.name'];
  const notes = [name, platform && `${platform.os}/${platform.architecture}`].filter(
    (note) => note !== undefined,
  );
  return notes.length === 0 ? digest : `${digest} (${notes.join(', ')})`;
}
