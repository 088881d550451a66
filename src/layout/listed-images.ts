import type { ImageIndex } from '../v1/image-index.js';
import type { MediaType } from '../v1/media-type.js';
import { rootIndexFromBlobs } from '../stored/blob-source.js';
import { indexEntries } from '../stored/index-entries.js';
import { storedImage, storedImages } from '../stored/collection.js';
import type { StoredImages } from '../stored/images.js';
import type { BlobFiles } from './blobs/files.js';
import type { OpenOptions } from './path.js';

/** The index of a directory, with the blobs beside it. */
export interface RootIndex {
  readonly mediaType: MediaType;
  readonly content: Uint8Array;
  readonly blobs: BlobFiles;
}

export function rootIndex({ mediaType, content, blobs }: RootIndex): ImageIndex {
  return rootIndexFromBlobs(
    {
      mediaType: async () => mediaType,
      rawManifest: async () => content,
    },
    blobs,
  );
}

/** Lists the images below an index, from which a selection chooses. */
export async function listedImages(
  subject: string,
  root: RootIndex,
  options: Pick<OpenOptions, 'maxDepth' | 'signal'> = {},
): Promise<StoredImages> {
  const index = rootIndex(root);
  const entries = await indexEntries(index, {
    ...options,
    exists: async (child, options) => root.blobs.exists(child, options),
  });
  return storedImages({
    subject,
    images: Object.freeze(entries.filter(({ isImage }) => isImage).map(storedImage)),
    entries,
    index,
    close: async () => undefined,
  });
}
