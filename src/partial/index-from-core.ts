import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { type Lazy, lazy } from '../internal/async/lazy.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { IndexManifest } from '../v1/manifest.js';
import { decodeIndexManifest } from '../v1/documents/decode-manifest.js';
import type { IndexCore } from './layers/cores.js';
import * as manifests from './manifest-values.js';
import { memoByBytes } from './memo-by-bytes.js';

const parsed = memoByBytes((bytes) => decodeIndexManifest(bytes));

/**
 * Makes an index of a source of indexes. The core's methods are called only for children that the index lists, and once
 * for each child.
 */
export function indexFromCore(core: IndexCore): ImageIndex {
  const rawManifest = lazy(async (options) => core.rawManifest(options));
  const indexManifest = async (options?: AbortOptions): Promise<IndexManifest> =>
    parsed(await rawManifest(options));

  const listed = lazy(async (options) => {
    const { manifests: children } = await indexManifest(options);
    // If a digest is listed several times, its first descriptor is used: in the reversed list it is set last.
    return new Map(children.toReversed().map((child) => [child.digest, child]));
  });
  const child = async (digest: Hash, options?: AbortOptions): Promise<Descriptor> => {
    const found = (await listed(options)).get(digest);
    if (found === undefined) throw new NotFoundError(`${digest}: the index does not list it`);
    return found;
  };
  const once = <T>(open: (child: Descriptor, options: AbortOptions) => Promise<T>) => {
    const opened = new Map<Hash, Lazy<T>>();
    return async (digest: Hash, o?: AbortOptions): Promise<T> => {
      const descriptor = await child(digest, o);
      const known = opened.get(digest) ?? lazy(async (options) => open(descriptor, options));
      opened.set(digest, known);
      return known(o);
    };
  };

  return Object.freeze<ImageIndex>({
    ...(core.descriptor && { descriptor: core.descriptor.bind(core) }),
    ...(core.layer && { layer: once(core.layer.bind(core)) }),
    mediaType: async (options) => core.mediaType(options),
    digest: async (options) => core.digest?.(options) ?? manifests.digest({ rawManifest }, options),
    size: async (options) => manifests.size({ rawManifest }, options),
    rawManifest,
    indexManifest,
    image: once(core.image.bind(core)),
    imageIndex: once(core.imageIndex.bind(core)),
  });
}
