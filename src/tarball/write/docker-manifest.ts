import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { isConfig, isImage, isIndex, isLayer } from '../../v1/types.js';
import { blobName } from '../read/blobs.js';
import type { ArchiveDescriptor, ArchiveManifest } from '../documents/archive-manifest.js';

/** Collects the `manifest.json` of an OCI archive, from which Docker loads it, while the archive is planned. */
export interface DockerManifest {
  /** Adds the images that Docker can load; the archive must contain the content. */
  add(content: Image | ImageIndex, tag: string | undefined): Promise<void>;
  manifest(): ArchiveManifest;
}

export function dockerManifest(isStored: (digest: Hash) => boolean, options: AbortOptions): DockerManifest {
  const described = new Map<Hash, ArchiveDescriptor>();

  const addImage = async (image: Image, tag: string | undefined): Promise<void> => {
    const { config, layers } = await image.manifest(options);
    const isRunnable = isConfig(config.mediaType) && layers.every(({ mediaType }) => isLayer(mediaType));
    if (!isRunnable || !layers.every(({ digest }) => isStored(digest))) return;
    const digest = await image.digest(options);
    const tags = described.get(digest)?.RepoTags ?? [];
    const all = tag === undefined || tags.includes(tag) ? tags : [...tags, tag];
    described.set(digest, {
      Config: blobName(config.digest),
      RepoTags: all.length === 0 ? null : all,
      Layers: layers.map((layer) => blobName(layer.digest)),
    });
  };
  const addIndex = async (
    index: ImageIndex,
    tag: string | undefined,
    seen = new Set<Hash>(),
  ): Promise<void> => {
    const { manifests } = await index.indexManifest(options);
    // Reversed, because Docker assigns a shared tag to the last image that it loads, and the first of the index is to have it.
    for (const { digest, mediaType } of manifests.toReversed()) {
      if (seen.has(digest)) continue;
      seen.add(digest);
      if (isImage(mediaType)) await addImage(await index.image(digest, options), tag);
      else if (isIndex(mediaType)) await addIndex(await index.imageIndex(digest, options), tag, seen);
    }
  };
  return {
    add: async (content, tag) => (isImageIndex(content) ? addIndex(content, tag) : addImage(content, tag)),
    manifest: () => [...described.values()],
  };
}
