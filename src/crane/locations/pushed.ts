import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { Describable } from '../../partial/capabilities.js';

/** The image, index or layer that was pushed, or written to another location. */
export interface Pushed {
  /** In a registry and in a layout: where to find it by its digest. Elsewhere: the location as it was named. */
  readonly reference: string;
  /** The digest of the manifest that was written; for a layer, of its bytes. */
  readonly digest: string;
  /** The media type of that manifest or layer. */
  readonly mediaType: string;
  /** Size of the manifest in bytes, without what it lists; for a layer, its size. */
  readonly size: number;
}

/**
 * Describes what was written. Call it after the writing: before that, the digest of a stream or of plain layers may not be
 * known.
 *
 * @param referenceFor - makes the reference from the digest.
 */
export async function describePushed(
  content: Pick<Describable, 'digest' | 'mediaType' | 'size'>,
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
