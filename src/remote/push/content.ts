import type { AbortOptions } from '../../internal/async/abort.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { pushImage } from './image.js';
import { pushIndex } from './image-index.js';
import { putManifest } from './put-manifest.js';
import { contentOf, type Taggable, toOutgoingManifest } from './taggable.js';

/** Pushes everything that a taggable consists of, and its manifest last. */
export async function pushTaggable(
  writer: RepositoryWriter,
  identifier: string,
  taggable: Taggable,
  options: AbortOptions,
): Promise<void> {
  const content = await contentOf(taggable, options);
  if (content === undefined) return putTaggable(writer, identifier, taggable, options);
  return 'index' in content
    ? pushIndex(writer, content.index, identifier, options)
    : pushImage(writer, content.image, identifier, options);
}

/** Puts the manifest of a taggable, and nothing else. */
export async function putTaggable(
  writer: RepositoryWriter,
  identifier: string,
  taggable: Taggable,
  options: AbortOptions,
): Promise<void> {
  return putManifest(writer, await toOutgoingManifest(taggable, options), identifier, options);
}
