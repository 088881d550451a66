import { ManifestInvalidError } from '../errors/invalid/manifest.js';
import { NotFoundError } from '../errors/service/not-found.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Descriptor } from '../v1/descriptor.js';
import { marshalIndexManifest } from '../v1/documents/marshal.js';
import type { MediaType } from '../v1/media-type.js';
import type { IndexManifest } from '../v1/manifest.js';
import { decodeIndexManifest, decodeManifest } from '../v1/documents/decode-manifest.js';
import { ociImageIndex, ociManifestSchema1 } from '../v1/types.js';

/** Reads the manifest that has this descriptor. */
type ManifestReader = (descriptor: Descriptor, options: AbortOptions) => Promise<Uint8Array>;

/**
 * Adds missing media types to the entries of an `index.json`. Some tools leave them out; they are then found by reading
 * the manifest of the entry. An index in which no media type is missing keeps its bytes.
 */
export async function withMediaTypes(
  content: Uint8Array,
  read: ManifestReader,
  options: AbortOptions,
): Promise<Uint8Array> {
  const index = parseIfIndex(content);
  if (index === undefined || index.manifests.every(({ mediaType }) => mediaType !== '')) return content;
  const manifests: Descriptor[] = [];
  for (const entry of index.manifests) {
    const mediaType = entry.mediaType === '' ? await detectMediaType(entry, read, options) : entry.mediaType;
    manifests.push({ ...entry, mediaType });
  }
  return marshalIndexManifest({ ...index, manifests });
}

/** Undefined if the content is not an index. The error is reported later, when the caller reads the entries. */
function parseIfIndex(content: Uint8Array): IndexManifest | undefined {
  try {
    return decodeIndexManifest(content);
  } catch (error) {
    if (error instanceof ManifestInvalidError) return undefined;
    throw error;
  }
}

/** Empty if the manifest does not exist, or is neither an image nor an index. */
async function detectMediaType(
  entry: Descriptor,
  read: ManifestReader,
  options: AbortOptions,
): Promise<MediaType> {
  try {
    const content = await read(entry, options);
    const index = parseIfIndex(content);
    if (index !== undefined && index.manifests.length > 0) return index.mediaType ?? ociImageIndex;
    return decodeManifest(content).mediaType ?? ociManifestSchema1;
  } catch (error) {
    if (error instanceof ManifestInvalidError || error instanceof NotFoundError) return '';
    throw error;
  }
}
