import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { MediaType } from '../../v1/media-type.js';

/** What the registry knows of a manifest without reading it. */
export interface ManifestRecord {
  readonly digest: Hash;
  readonly mediaType: MediaType;
  /** Bytes of the manifest. */
  readonly size: number;
  /** The manifest that this one refers to. */
  readonly subject?: Hash | undefined;
  /** Only with a subject: what the list of referrers shows. */
  readonly artifactType?: string | undefined;
  readonly annotations?: Annotations | undefined;
}

/** Keeps the manifests and tags of a registry. The registry checks all that it puts in. */
export interface ManifestStore {
  /** Finds a manifest by tag or digest. */
  stat(repository: string, reference: string): Promise<ManifestRecord | undefined>;
  /** The manifest's bytes, exactly as they were put. */
  content(repository: string, digest: Hash): Promise<Uint8Array | undefined>;
  /** Stores a manifest and lets the tags point at it, all or nothing. */
  put(
    repository: string,
    manifest: ManifestRecord,
    content: Uint8Array,
    tags: readonly string[],
  ): Promise<void>;
  /** Removes a manifest and every tag that points at it; `false` if it was not there. */
  delete(repository: string, digest: Hash): Promise<boolean>;
  /** Removes a tag, not what it points at; `false` if it was not there. */
  deleteTag(repository: string, tag: string): Promise<boolean>;
  /** All tags in ASCII order, or undefined if the repository was never pushed to. */
  tags(repository: string): Promise<readonly string[] | undefined>;
  /** All repositories with a manifest, in ASCII order. */
  repositories(): Promise<readonly string[]>;
  /** The manifests whose subject is this one, in the order of their digests. */
  referrers(repository: string, subject: Hash): Promise<readonly Descriptor[]>;
  /** Called before a server starts to listen: what fails here does not fail requests. */
  open?(): Promise<void>;
  /** Called when a registry is closed. A later call of any other method opens it again. */
  close?(): Promise<void>;
}
