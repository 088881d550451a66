import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import { assertMethods } from '../../internal/arguments.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Hash, sha256Bytes } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { MediaType } from '../../v1/media-type.js';
import { dockerManifestSchema2, isImage, isIndex } from '../../v1/types.js';
import type { RemoteDescriptor } from '../read/remote-descriptor.js';

/** Anything with a manifest: an image, an index, the result of `get`, or any object with these members. */
export interface Taggable {
  /** The exact bytes of the manifest. */
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
  /** The media type of the manifest. @default Docker's schema 2, as in GGCR */
  readonly mediaType?: MediaType | ((options?: AbortOptions) => Promise<MediaType>) | undefined;
  /** The digest of the manifest. @default the sha256 of its bytes */
  readonly digest?: Hash | ((options?: AbortOptions) => Promise<Hash>) | undefined;
}

/** @throws TypeError if an argument has no manifest. */
export function assertTaggable(value: unknown): void {
  const wanted = 'an image, an index, the result of `get`, or an object with the method rawManifest';
  assertMethods('taggable', value, ['rawManifest'], wanted);
}

/** A manifest to be put into a registry. */
export interface OutgoingManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: MediaType;
  readonly digest: Hash;
}

export async function toOutgoingManifest(
  taggable: Taggable,
  options: AbortOptions,
): Promise<OutgoingManifest> {
  const bytes = await taggable.rawManifest(options);
  const { mediaType = dockerManifestSchema2, digest = sha256Bytes(bytes) } = taggable;
  return {
    bytes,
    // Called with the taggable as `this`, because an implementation may need it.
    mediaType: typeof mediaType === 'function' ? await mediaType.call(taggable, options) : mediaType,
    digest: typeof digest === 'function' ? await digest.call(taggable, options) : digest,
  };
}

/** @throws DigestMismatchError if the identifier is the digest of another manifest. */
export function checkIdentifier(identifier: string | undefined, digest: Hash): void {
  if (identifier?.includes(':') !== true || identifier === digest) return;
  throw new DigestMismatchError('push by digest', identifier, digest);
}

/** The image or index whose content the registry needs before the manifest; undefined if the content is unknown. */
export async function contentOf(
  taggable: Taggable,
  options: AbortOptions,
): Promise<{ readonly image: Image } | { readonly index: ImageIndex } | undefined> {
  if (isRemoteDescriptor(taggable)) {
    if (isIndex(taggable.mediaType)) return { index: await taggable.imageIndex(options) };
    return isImage(taggable.mediaType) ? { image: await taggable.image(options) } : undefined;
  }
  // The members distinguish the two interfaces.
  if (isImageIndex(taggable)) return { index: taggable };
  return 'layers' in taggable ? { image: taggable as Image } : undefined;
}

function isRemoteDescriptor(taggable: Taggable): taggable is RemoteDescriptor {
  return typeof taggable.mediaType === 'string' && 'image' in taggable && 'imageIndex' in taggable;
}
