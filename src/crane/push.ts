import { write, writeIndex } from '../remote/push.js';
import { writeLayer } from '../remote/write-layer.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import { type CraneOptions, referenceOf, remoteOptions, repositoryOf } from './names/options.js';

/** Pushes an image, or an index with everything that it lists. Blobs that the registry already has are not sent again. */
export async function push(
  source: Image | ImageIndex,
  reference: string,
  options: CraneOptions = {},
): Promise<void> {
  const target = referenceOf(reference, options);
  if (isImageIndex(source)) await writeIndex(target, source, remoteOptions(options));
  else await write(target, source, remoteOptions(options));
}

/** Pushes a single layer to a repository. */
export async function upload(layer: Layer, repository: string, options: CraneOptions = {}): Promise<void> {
  await writeLayer(repositoryOf(repository, options), layer, remoteOptions(options));
}
