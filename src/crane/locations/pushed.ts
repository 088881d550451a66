import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';

/** The image or index that was pushed, or written to another location. */
export interface Pushed {
  /** In a registry and in a layout: where to find it by its digest. Elsewhere: the location as it was named. */
  readonly reference: string;
  /** The digest of the manifest that was written. */
  readonly digest: string;
  /** The media type of that manifest. */
  readonly mediaType: string;
  /** Size of the manifest in bytes. */
  readonly size: number;
}

/**
 * Describes what was written. Call it after the writing: before that, the digest of a stream or of plain layers may not be
 * known.
 *
 * @param referenceFor - makes the reference from the digest.
 */
export async function describePushed(
  content: Image | ImageIndex,
  referenceFor: (digest: Hash) => string,
  { signal }: AbortOptions,
): Promise<Pushed> {
  const digest = await content.digest({ signal });
  return {
    reference: referenceFor(digest),
    digest,
    mediaType: await content.mediaType({ signal }),
    size: await content.size({ signal }),
  };
}
