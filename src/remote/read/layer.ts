import type { AbortOptions } from '../../internal/async/abort.js';
import type { CompressedLayer } from '../../partial/layers/cores.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { MountSource } from '../../v1/layer.js';
import type { Access } from '../connection/paths.js';
import { openBlob, openBlobFrom } from './blob.js';
import { hasBlob } from './has-blob.js';

/** A blob that a manifest of the repository lists. */
export function describedLayer(access: Access, descriptor: Descriptor): CompressedLayer {
  const elsewhere = descriptor.urls !== undefined && descriptor.urls.length > 0;
  return {
    digest: async () => Promise.resolve(descriptor.digest),
    size: async () => Promise.resolve(descriptor.size),
    mediaType: async () => Promise.resolve(descriptor.mediaType),
    descriptor: async () => Promise.resolve(descriptor),
    compressed: async (options) => openBlob(access, descriptor, options),
    exists: async (options) => hasBlob(access, descriptor, undefined, options),
    // A layer with URLs need not be in the registry itself.
    mountFrom: () => (elsewhere ? undefined : mountSource(access)),
    ...(!elsewhere && {
      compressedFrom: async (offset: number, options?: AbortOptions) =>
        openBlobFrom(access, descriptor, offset, options),
    }),
  };
}

export function mountSource({ repository }: Access): MountSource {
  return { registry: repository.registryStr(), repository: repository.repositoryStr() };
}
