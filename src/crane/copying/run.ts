import type { AbortOptions } from '../../internal/async/abort.js';
import type { Reference, Repository } from '../../name/reference.js';
import { get } from '../../remote/get.js';
import type { RemoteDescriptor } from '../../remote/read/remote-descriptor.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import { push } from '../../remote/push.js';
import { describePushed, type Pushed } from '../locations/pushed.js';
import type { Hash } from '../../v1/hash.js';
import type { Image } from '../../v1/image.js';
import type { ImageIndex } from '../../v1/image-index.js';
import { isIndex } from '../../v1/types.js';

/** What all parts of one copy from a repository to another share. */
export interface CopyRun extends AbortOptions {
  readonly from: Repository;
  readonly to: Repository;
  /** All requests share one ping, one token and one upload of each blob. */
  readonly shared: RemoteOptions;
  readonly jobs: number;
  /** Whether an index is copied as it is; if not, only the image for one platform. */
  readonly allPlatforms: boolean;
}

/** The result of copying one reference. */
export interface CopiedReference {
  readonly pushed: Pushed;
  /** Lists the digests of the copied manifests. It costs requests only for nested indexes. */
  digests(): Promise<readonly Hash[]>;
}

/** Copies the content of one reference. */
export async function copyReference(
  { shared, allPlatforms: allPlatforms, signal }: CopyRun,
  from: Reference,
  to: Reference,
): Promise<CopiedReference> {
  const found = await get(from, shared);
  const describe = async (content: Image | ImageIndex): Promise<Pushed> =>
    describePushed(content, (digest) => to.context().digest(digest).name(), { signal });
  if (allPlatforms || !isIndex(found.mediaType)) {
    const content = isIndex(found.mediaType) ? await found.imageIndex() : await found.image({ signal });
    await push(to, content, shared);
    return { pushed: await describe(content), digests: async () => copiedDigests(found, { signal }) };
  }
  const image = await found.image({ signal });
  await push(to, image, shared);
  return { pushed: await describe(image), digests: async () => [await image.digest({ signal })] };
}

/** The digest of a manifest and, if it is an index, the digests of all manifests below it. */
export async function copiedDigests(
  found: RemoteDescriptor,
  options: AbortOptions,
): Promise<readonly Hash[]> {
  if (!isIndex(found.mediaType)) return [found.digest];
  return [found.digest, ...(await digestsBelow(await found.imageIndex(options), [found.digest], options))];
}

/** The digests of all manifests below an index, without those that are known. It costs requests only for nested indexes. */
export async function digestsBelow(
  index: ImageIndex,
  known: readonly Hash[],
  options: AbortOptions,
): Promise<readonly Hash[]> {
  const digests = new Set<Hash>(known);
  const add = async (parent: ImageIndex): Promise<void> => {
    for (const { digest, mediaType } of (await parent.indexManifest(options)).manifests) {
      if (digests.has(digest)) continue;
      digests.add(digest);
      if (isIndex(mediaType)) await add(await parent.imageIndex(digest, options));
    }
  };
  await add(index);
  return [...digests].slice(known.length);
}
