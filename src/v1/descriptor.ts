import type { Hash } from './hash.js';
import type { MediaType } from './media-type.js';
import type { Platform } from './platform.js';

/** String data attached to a descriptor, manifest or index. Keys are data: look them up with `Object.hasOwn`. */
export type Annotations = Readonly<Record<string, string>>;

/**
 * Points at content by media type, digest and size.
 *
 * Parsed descriptors keep fields that this interface does not name.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 */
export interface Descriptor {
  /** Media type of the content; in canonical form if it is known. Empty if the document names none. */
  readonly mediaType: MediaType;
  /** Size of the content in bytes. */
  readonly size: number;
  /** Digest of the content. */
  readonly digest: Hash;
  /** The content itself, in base64. */
  readonly data?: string | undefined;
  /** URLs outside the registry from which the content can be downloaded; foreign layers have them. */
  readonly urls?: readonly string[] | undefined;
  /** String data about the content. */
  readonly annotations?: Annotations | undefined;
  /** The platform that the content is for; descriptors in an index have it. */
  readonly platform?: Platform | undefined;
  /** Type of the artifact, if the content is the manifest of one. */
  readonly artifactType?: string | undefined;
}
