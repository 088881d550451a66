import type { AbortOptions } from '../../internal/async/abort.js';
import type { Reference, Repository } from '../../name/reference.js';
import { get } from '../../remote/get.js';
import type { RemoteDescriptor } from '../../remote/read/remote-descriptor.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import { push } from '../../remote/push.js';
import type { Hash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import { isIndex } from '../../v1/types.js';

/** One copy, of however much, from one repository to another. */
export interface CopyRun extends AbortOptions {
  readonly from: Repository;
  readonly to: Repository;
  /** One ping, one token and one upload of a blob for all of it. */
  readonly shared: RemoteOptions;
  readonly jobs: number;
  /** Whole indexes, not the image for one platform. */
  readonly whole: boolean;
}

/** Copies what one reference names; gives the digests of the manifests that were copied. Those cost requests only for nested indexes. */
export async function copyReference(
  { shared, whole, signal }: CopyRun,
  from: Reference,
  to: Reference,
): Promise<() => Promise<readonly Hash[]>> {
  const found = await get(from, shared);
  if (whole || !isIndex(found.mediaType)) {
    const all = isIndex(found.mediaType) ? await found.imageIndex() : await found.image({ signal });
    await push(to, all, shared);
    return async () => copied(found, { signal });
  }
  const image = await found.image({ signal });
  await push(to, image, shared);
  return async () => [await image.digest({ signal })];
}

/** The digests of a manifest and, if it is an index, of all that are below it. */
export async function copied(found: RemoteDescriptor, options: AbortOptions): Promise<readonly Hash[]> {
  const digests = new Set<Hash>([found.digest]);
  const add = async (index: ImageIndex): Promise<void> => {
    for (const { digest, mediaType } of (await index.indexManifest(options)).manifests) {
      if (digests.has(digest)) continue;
      digests.add(digest);
      if (isIndex(mediaType)) await add(await index.imageIndex(digest, options));
    }
  };
  if (isIndex(found.mediaType)) await add(await found.imageIndex(options));
  return [...digests];
}
