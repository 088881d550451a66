import type { CompressedLayer } from '../../partial/layers/cores.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { CompressedFromOptions, MountSource } from '../../v1/layer.js';
import type { RepositoryReader } from '../connection/connection.js';
import { openBlob, openBlobFrom } from './blob.js';
import { hasBlob } from './has-blob.js';

/** The layer behind a descriptor in a manifest of the repository. */
export function describedLayer(reader: RepositoryReader, descriptor: Descriptor): CompressedLayer {
  // A layer with URLs need not be in the registry itself.
  const isForeign = descriptor.urls !== undefined && descriptor.urls.length > 0;
  return {
    digest: async () => descriptor.digest,
    size: async () => descriptor.size,
    mediaType: async () => descriptor.mediaType,
    descriptor: async () => descriptor,
    compressed: async (options) => openBlob(reader, descriptor, options),
    exists: async (options) => hasBlob(reader, descriptor, undefined, options),
    mountFrom: () => (isForeign ? undefined : mountSource(reader)),
    ...(!isForeign && {
      compressedFrom: async (offset: number, options?: CompressedFromOptions) =>
        openBlobFrom(reader, descriptor, offset, options),
    }),
  };
}

/** The repository from which another one in the same registry can mount a blob. */
export function mountSource({ repository }: RepositoryReader): MountSource {
  return { registry: repository.registryStr(), repository: repository.repositoryStr() };
}
