import type { Descriptor } from '../../../src/v1/descriptor.js';
import { sha256Bytes } from '../../../src/v1/hash.js';
import type { ImageIndex } from '../../../src/v1/image-index.js';
import type { Image } from '../../../src/v1/image.js';
import { marshalIndexManifest } from '../../../src/v1/documents/marshal.js';
import { parseIndexManifest } from '../../../src/v1/documents/parse.js';
import { ociImageIndex, ociManifestSchema1 } from '../../../src/v1/types.js';

export interface FanOut {
  readonly index: ImageIndex;
  /** How often a child was opened. */
  readonly visits: () => number;
}

/**
 * Nested indexes, each of which lists the same child many times: a few documents with `width ** depth` paths. The
 * indexes do not remember opened children, so every visit is counted.
 */
export async function fanOut(leaf: Image, width: number, depth: number): Promise<FanOut> {
  let visits = 0;
  const platform = { os: 'linux', architecture: 'amd64' };
  let child: Descriptor = {
    mediaType: ociManifestSchema1,
    size: await leaf.size(),
    digest: await leaf.digest(),
    platform,
  };
  let below: ImageIndex | undefined;
  for (let level = 0; level < depth; level += 1) {
    const manifests = Array.from({ length: width }, () => child);
    const bytes = marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests });
    const nested = below;
    below = {
      mediaType: async () => ociImageIndex,
      digest: async () => sha256Bytes(bytes),
      size: async () => bytes.byteLength,
      rawManifest: async () => bytes,
      indexManifest: async () => parseIndexManifest(bytes),
      image: async () => {
        visits += 1;
        return leaf;
      },
      imageIndex: async () => {
        visits += 1;
        if (nested === undefined) throw new Error('the lowest index lists images');
        return nested;
      },
    };
    child = { mediaType: ociImageIndex, size: bytes.byteLength, digest: sha256Bytes(bytes) };
  }
  if (below === undefined) throw new TypeError('a depth of at least 1');
  return { index: below, visits: () => visits };
}
