import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';
import type { Platform } from '../../v1/platform.js';
import type { RecordedBase } from './base-of.js';

/** What a manifest describes. An attestation is a child of an index that BuildKit writes beside an image. */
export type ManifestKind = 'image' | 'index' | 'artifact' | 'attestation' | 'unknown';

/** Everything that `inspect` finds out about an image, an index or an artifact. */
export interface Inspection {
  /** The location as it was named; undefined for an image or index of the program. */
  readonly location: string | undefined;
  /** What the manifest describes. */
  readonly kind: ManifestKind;
  /** Digest of the manifest. */
  readonly digest: Hash;
  /** Media type of the manifest. */
  readonly mediaType: MediaType;
  /** Type of an artifact. */
  readonly artifactType: string | undefined;
  /**
   * Bytes of the manifest and of everything that it lists, each blob once and as it is stored. Children of an index that
   * are attestations or are missing are not included. Undefined for an unknown kind of manifest.
   */
  readonly size: number | undefined;
  /** Annotations of the manifest. */
  readonly annotations: Annotations;
  /** The base that the annotations name; of an index without them, those of `image`. */
  readonly base: RecordedBase | undefined;
  /** The children of an index, including those of nested indexes; empty for anything else. */
  readonly manifests: readonly InspectedManifest[];
  /** The image. Of an index, it is the image for linux/amd64, or else the first one. */
  readonly image: InspectedImage | undefined;
  /** The blobs of an artifact; empty for anything else. */
  readonly blobs: readonly Descriptor[];
  /** The manifests that refer to this one; undefined if it is not in a registry, or they were not looked up. */
  readonly referrers: readonly Descriptor[] | undefined;
}

/** A child of an index. */
export interface InspectedManifest {
  /** What the child describes. */
  readonly kind: ManifestKind;
  /** Digest of the child. */
  readonly digest: Hash;
  /** Media type of the child. */
  readonly mediaType: MediaType;
  /** The platform that the index lists, or else that of the image's config. */
  readonly platform: Platform | undefined;
  /** As {@link Inspection.size}; undefined for an attestation, an unknown kind and a missing manifest. */
  readonly size: number | undefined;
  /** Whether the index lists the child, but the registry does not have it. */
  readonly missing: boolean;
}

/** An image with the values of its config. */
export interface InspectedImage {
  /** Digest of the manifest. */
  readonly digest: Hash;
  /** Digest of the config, which Docker calls the image ID. */
  readonly configDigest: Hash;
  /** The platform that the config names. */
  readonly platform: Platform | undefined;
  /** As {@link Inspection.size}. */
  readonly size: number;
  /** Time in the format of RFC 3339. */
  readonly created: string | undefined;
  /** Name and address of the person or tool that made the image. */
  readonly author: string | undefined;
  /** The layers, the base first. */
  readonly layers: readonly InspectedLayer[];
  /** The command to run, with its first arguments. */
  readonly entrypoint: readonly string[];
  /** Arguments of the entry point, or the command if there is no entry point. */
  readonly cmd: readonly string[];
  /** Environment variables as `NAME=value`. */
  readonly env: readonly string[];
  /** User, and group after a colon; empty for root. */
  readonly user: string;
  /** Directory in which the command runs; empty for `/`. */
  readonly workingDir: string;
  /** Ports such as `80/tcp`. */
  readonly ports: readonly string[];
  /** Directories for volumes. */
  readonly volumes: readonly string[];
  /** String data in the config. Keys are data: look them up with `Object.hasOwn`. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A layer of an image. */
export interface InspectedLayer {
  /** Digest of the layer as it is stored. */
  readonly digest: Hash;
  /** Bytes of the layer as it is stored. */
  readonly size: number;
  /** Media type of the layer as it is stored. */
  readonly mediaType: MediaType;
  /** The command that made the layer, from the history; undefined if the history does not fit the layers. */
  readonly createdBy: string | undefined;
}
