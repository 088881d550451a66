import type { Annotations, Descriptor } from './descriptor.js';
import type { MediaType } from './media-type.js';

/**
 * An image manifest: Docker's schema 2 or OCI's.
 *
 * Parsed manifests keep fields that this interface does not name.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 */
export interface Manifest {
  /** Always 2. */
  readonly schemaVersion: number;
  /** Media type of the manifest itself, in canonical form if it is known; OCI allows a manifest without it. */
  readonly mediaType?: MediaType | undefined;
  /** Points at the config. */
  readonly config: Descriptor;
  /** Point at the layers: the base first, the newest last. */
  readonly layers: readonly Descriptor[];
  /** String data about the image. */
  readonly annotations?: Annotations | undefined;
  /** The manifest that this one refers to, as a signature refers to the image that it signs. */
  readonly subject?: Descriptor | undefined;
  /** Type of the artifact, if the manifest is not that of an image. */
  readonly artifactType?: string | undefined;
}

/**
 * An index manifest: an OCI image index or a Docker manifest list.
 *
 * Parsed index manifests keep fields that this interface does not name.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface IndexManifest {
  /** Always 2. */
  readonly schemaVersion: number;
  /** Media type of the index manifest itself, in canonical form if it is known; OCI allows one without it. */
  readonly mediaType?: MediaType | undefined;
  /** Point at the children, in the order of the document. */
  readonly manifests: readonly Descriptor[];
  /** String data about the index. */
  readonly annotations?: Annotations | undefined;
  /** The manifest that this index refers to. */
  readonly subject?: Descriptor | undefined;
  /** Type of the artifact, if the index is not that of an image. */
  readonly artifactType?: string | undefined;
}
