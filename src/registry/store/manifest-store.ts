import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';

/** The facts about a manifest that a store keeps beside its bytes. */
export interface ManifestRecord {
  /** The digest of the manifest. */
  readonly digest: Hash;
  /** The media type under which it was pushed. */
  readonly mediaType: MediaType;
  /** The number of bytes of the manifest. */
  readonly size: number;
  /** The manifest to which this one refers. */
  readonly subject?: Hash | undefined;
  /** The artifact type for lists of referrers; only for a manifest with a subject. */
  readonly artifactType?: string | undefined;
  /** The annotations for lists of referrers; only for a manifest with a subject. */
  readonly annotations?: Annotations | undefined;
}

/** Stores the manifests and tags of a registry. The registry validates everything before it stores it. */
export interface ManifestStore {
  /** Finds a manifest by tag or digest. */
  stat(repository: string, reference: string): Promise<ManifestRecord | undefined>;
  /** The bytes of the manifest, exactly as they were stored; undefined if the repository does not have it. */
  content(repository: string, digest: Hash): Promise<Uint8Array | undefined>;
  /** Stores a manifest and makes the tags point to it, atomically. */
  put(
    repository: string,
    manifest: ManifestRecord,
    content: Uint8Array,
    tags: readonly string[],
  ): Promise<void>;
  /** Removes a manifest and every tag that points to it; `false` if the repository did not have it. */
  delete(repository: string, digest: Hash): Promise<boolean>;
  /** Removes a tag, but not the manifest to which it points; `false` if the tag did not exist. */
  deleteTag(repository: string, tag: string): Promise<boolean>;
  /** All tags in ASCII order; undefined if nothing was ever pushed to the repository. */
  tags(repository: string): Promise<readonly string[] | undefined>;
  /** The names of all repositories that have a manifest, in ASCII order. */
  repositories(): Promise<readonly string[]>;
  /** The manifests whose subject is this one, in the order of their digests. */
  referrers(repository: string, subject: Hash): Promise<readonly Descriptor[]>;
  /** Called before a server starts to listen. If it fails, the server does not start. */
  open?(): Promise<void>;
  /** Called when a registry is closed. A later call of any other method opens it again. */
  close?(): Promise<void>;
}
