import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Hash, sha256Bytes } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { MediaType } from '../../v1/media-type.js';
import { dockerManifestSchema2, isImage, isIndex } from '../../v1/types.js';
import type { RemoteDescriptor } from '../read/get.js';

/**
 * Whatever has a manifest: an image, an index, what `get` gives, or any object with these members. A media
 * type that is missing is Docker's schema 2, as in GGCR.
 */
export interface Taggable {
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  readonly mediaType?: MediaType | ((options?: AbortOptions) => Promise<MediaType>) | undefined;
  readonly digest?: Hash | ((options?: AbortOptions) => Promise<Hash>) | undefined;
}

/** A manifest on its way to a registry. */
export interface OutgoingManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: MediaType;
  readonly digest: Hash;
}

export async function outgoing(taggable: Taggable, options: AbortOptions): Promise<OutgoingManifest> {
  const bytes = await taggable.rawManifest(options);
  const { mediaType = dockerManifestSchema2, digest = sha256Bytes(bytes) } = taggable;
  return {
    bytes,
    // Called as members: an implementation may need its `this`.
    mediaType: typeof mediaType === 'function' ? await mediaType.call(taggable, options) : mediaType,
    digest: typeof digest === 'function' ? await digest.call(taggable, options) : digest,
  };
}

/** @throws {@link DigestMismatchError} if a manifest is to be put under the digest of another one. */
export function checkIdentifier(identifier: string | undefined, digest: Hash): void {
  if (identifier?.includes(':') !== true || identifier === digest) return;
  throw new DigestMismatchError('push by digest', identifier, digest);
}

/** What has to be at the registry before a taggable's manifest: that of an image, of an index, or nothing that is known. */
export async function dependent(
  taggable: Taggable,
  options: AbortOptions,
): Promise<{ readonly image: Image } | { readonly index: ImageIndex } | undefined> {
  if (isRemoteDescriptor(taggable)) {
    if (isIndex(taggable.mediaType)) return { index: await taggable.imageIndex(options) };
    return isImage(taggable.mediaType) ? { image: await taggable.image(options) } : undefined;
  }
  // The members tell the interfaces apart; whoever has them all is taken at its word.
  if (isImageIndex(taggable)) return { index: taggable };
  return 'layers' in taggable ? { image: taggable as Image } : undefined;
}

function isRemoteDescriptor(taggable: Taggable): taggable is RemoteDescriptor {
  return typeof taggable.mediaType === 'string' && 'image' in taggable && 'imageIndex' in taggable;
}
