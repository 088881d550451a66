import type { Annotations, Descriptor } from './descriptor.js';
import type { MediaType } from './media-type.js';

/**
 * An image manifest, Docker's schema 2 or OCI's.
 *
 * Parsed manifests keep fields that this interface does not name.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export interface Manifest {
  readonly schemaVersion: number;
  readonly mediaType?: MediaType | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations?: Annotations | undefined;
  readonly subject?: Descriptor | undefined;
  readonly artifactType?: string | undefined;
}

/**
 * An image index, OCI's, or a Docker manifest list.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface IndexManifest {
  readonly schemaVersion: number;
  readonly mediaType?: MediaType | undefined;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Annotations | undefined;
  readonly subject?: Descriptor | undefined;
  readonly artifactType?: string | undefined;
}
