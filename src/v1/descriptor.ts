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
  readonly mediaType: MediaType;
  /** Bytes of the content. */
  readonly size: number;
  readonly digest: Hash;
  /** The content itself, in base64. */
  readonly data?: string | undefined;
  /** Other places to download the content from, as foreign layers have. */
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: Annotations | undefined;
  readonly platform?: Platform | undefined;
  readonly artifactType?: string | undefined;
}
