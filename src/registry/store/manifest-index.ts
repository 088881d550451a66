import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { ManifestRecord } from './manifest-store.js';
import { SortedNames } from './sorted-names.js';

/** A manifest of a repository, with tags that point to it. */
export interface ManifestEntry {
  readonly repository: string;
  readonly manifest: ManifestRecord;
  readonly tags: readonly string[];
}

interface Repository {
  readonly manifests: Map<string, ManifestRecord>;
  readonly tags: Map<string, Hash>;
  /** The tags of each manifest, so that a manifest is deleted without a search through all tags. */
  readonly tagsOf: Map<Hash, Set<string>>;
  readonly tagNames: SortedNames;
  /** The referrers of each subject. */
  readonly referrers: Map<Hash, SortedNames<Hash>>;
}

/** The manifests, tags and referrers of all repositories, without the manifests' bytes. */
export class ManifestIndex {
  readonly #repositories = new Map<string, Repository>();
  readonly #names = new SortedNames();
  /** The number of repositories that have each manifest. */
  readonly #holders = new Map<Hash, number>();

  find(repository: string, reference: string): ManifestRecord | undefined {
    const found = this.#repositories.get(repository);
    return found?.manifests.get(found.tags.get(reference) ?? reference);
  }

  put({ repository, manifest, tags }: ManifestEntry): void {
    const target = this.#open(repository);
    const { digest, subject } = manifest;
    if (!target.manifests.has(digest)) this.#holders.set(digest, (this.#holders.get(digest) ?? 0) + 1);
    target.manifests.set(digest, manifest);
    this.#names.add(repository);
    for (const tag of tags) {
      untag(target, tag);
      target.tags.set(tag, digest);
      target.tagNames.add(tag);
      const tagsOfManifest = target.tagsOf.get(digest) ?? new Set();
      target.tagsOf.set(digest, tagsOfManifest.add(tag));
    }
    if (subject === undefined) return;
    const referrers = target.referrers.get(subject) ?? new SortedNames<Hash>();
    referrers.add(digest);
    target.referrers.set(subject, referrers);
  }

  delete(repository: string, digest: Hash): boolean {
    const from = this.#repositories.get(repository);
    const manifest = from?.manifests.get(digest);
    if (from === undefined || manifest === undefined) return false;
    from.manifests.delete(digest);
    const holders = this.#holders.get(digest) ?? 0;
    if (holders > 1) this.#holders.set(digest, holders - 1);
    else this.#holders.delete(digest);
    if (manifest.subject !== undefined) from.referrers.get(manifest.subject)?.delete(digest);
    for (const tag of from.tagsOf.get(digest) ?? []) this.deleteTag(repository, tag);
    if (from.manifests.size === 0) this.#names.delete(repository);
    return true;
  }

  deleteTag(repository: string, tag: string): boolean {
    const from = this.#repositories.get(repository);
    if (from === undefined || !untag(from, tag)) return false;
    from.tagNames.delete(tag);
    return true;
  }

  tags(repository: string): readonly string[] | undefined {
    return this.#repositories.get(repository)?.tagNames.list();
  }

  repositories(): readonly string[] {
    return this.#names.list();
  }

  referrers(repository: string, subject: Hash): readonly Descriptor[] {
    const from = this.#repositories.get(repository);
    const digests = from?.referrers.get(subject)?.list() ?? [];
    return digests.flatMap((digest) => {
      const manifest = from?.manifests.get(digest);
      return manifest === undefined ? [] : [toDescriptor(manifest)];
    });
  }

  /** Whether any repository has the manifest. */
  holds(digest: Hash): boolean {
    return this.#holders.has(digest);
  }

  hasTag(repository: string, tag: string): boolean {
    return this.#repositories.get(repository)?.tags.has(tag) === true;
  }

  /** All entries. The same index can be built from them. */
  *[Symbol.iterator](): Generator<ManifestEntry> {
    for (const [repository, { manifests, tagsOf }] of this.#repositories) {
      for (const manifest of manifests.values()) {
        yield { repository, manifest, tags: [...(tagsOf.get(manifest.digest) ?? [])] };
      }
    }
  }

  #open(name: string): Repository {
    let repository = this.#repositories.get(name);
    if (repository === undefined) {
      repository = {
        manifests: new Map(),
        tags: new Map(),
        tagsOf: new Map(),
        tagNames: new SortedNames(),
        referrers: new Map(),
      };
      this.#repositories.set(name, repository);
    }
    return repository;
  }
}

/** Removes a tag from the manifest to which it points; false if the tag does not exist. */
function untag({ tags, tagsOf }: Repository, tag: string): boolean {
  const digest = tags.get(tag);
  if (digest === undefined) return false;
  tags.delete(tag);
  const tagsOfManifest = tagsOf.get(digest);
  tagsOfManifest?.delete(tag);
  if (tagsOfManifest?.size === 0) tagsOf.delete(digest);
  return true;
}

function toDescriptor({ mediaType, size, digest, artifactType, annotations }: ManifestRecord): Descriptor {
  return {
    mediaType,
    size,
    digest,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
