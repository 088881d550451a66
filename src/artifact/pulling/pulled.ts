import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { Manifest } from '../../v1/manifest.js';
import type { MediaType } from '../../v1/media-type.js';

/** A file of an artifact. */
export interface PulledFile {
  /** Where the file was written. Absent if it was not written: it has no title, or was pulled into memory. */
  readonly path?: string | undefined;
  /** The name that the artifact, or the convention of its type, gives to the file. */
  readonly title?: string | undefined;
  /** The media type. */
  readonly mediaType: MediaType;
  /** The digest of the blob. */
  readonly digest: Hash;
  /** The size of the blob in bytes. */
  readonly size: number;
  /** The annotations of the blob; empty if it has none. */
  readonly annotations: Annotations;
}

/** A file that was pulled into memory. */
export interface MemoryFile extends PulledFile {
  /** The bytes of the blob. A packed directory is the tar with gzip that the artifact has. */
  readonly content: Uint8Array;
}

/** The config of an artifact. */
export interface PulledConfig {
  /** The media type. It is `application/vnd.oci.empty.v1+json` if the artifact has no config. */
  readonly mediaType: MediaType;
  /** The digest of the config. */
  readonly digest: Hash;
  /** The size in bytes. */
  readonly size: number;
  /** The bytes. */
  readonly content: Uint8Array;
}

/** An artifact that was pulled. */
export interface PulledArtifact<File extends PulledFile = PulledFile> {
  /** The digest of the manifest. */
  readonly digest: Hash;
  /** The media type of the manifest. */
  readonly mediaType: MediaType;
  /** The size of the manifest in bytes. */
  readonly size: number;
  /** The artifact type, or the media type of the config if the manifest has none. */
  readonly type: string;
  /** The annotations of the manifest; empty if it has none. */
  readonly annotations: Annotations;
  /** The manifest to which the artifact refers. */
  readonly subject?: Descriptor | undefined;
  /** The parsed manifest. */
  readonly manifest: Manifest;
  /** The config. */
  readonly config: PulledConfig;
  /** The files, in the order of the manifest. A file without a title is listed, too. */
  readonly files: readonly File[];
}
