import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import type { ManifestRecord } from './manifest-store.js';
import { SortedNames } from './sorted-names.js';

/** A manifest of a repository, with tags that point at it. */
export interface ManifestEntry {
  readonly repository: string;
  readonly manifest: ManifestRecord;
  readonly tags: readonly string[];
}

interface Repository {
  readonly manifests: Map<string, ManifestRecord>;
  readonly tags: Map<string, Hash>;
  readonly tagNames: SortedNames;
  /** Subject to referrers. */
  readonly referrers: Map<Hash, Set<Hash>>;
}

/** The manifests, tags and referrers of all repositories, without the manifests' bytes. */
export class ManifestIndex {
  readonly #repositories = new Map<string, Repository>();
  readonly #names = new SortedNames();

  find(repository: string, reference: string): ManifestRecord | undefined {
    const found = this.#repositories.get(repository);
    return found?.manifests.get(found.tags.get(reference) ?? reference);
  }

  put({ repository, manifest, tags }: ManifestEntry): void {
    const into = this.#open(repository);
    into.manifests.set(manifest.digest, manifest);
    this.#names.add(repository);
    for (const tag of tags) {
      into.tags.set(tag, manifest.digest);
      into.tagNames.add(tag);
    }
    if (manifest.subject === undefined) return;
    const referrers = into.referrers.get(manifest.subject) ?? new Set();
    into.referrers.set(manifest.subject, referrers.add(manifest.digest));
  }

  delete(repository: string, digest: Hash): boolean {
    const from = this.#repositories.get(repository);
    const manifest = from?.manifests.get(digest);
    if (from === undefined || manifest === undefined) return false;
    from.manifests.delete(digest);
    if (manifest.subject !== undefined) from.referrers.get(manifest.subject)?.delete(digest);
    for (const [tag, target] of from.tags) if (target === digest) this.deleteTag(repository, tag);
    if (from.manifests.size === 0) this.#names.delete(repository);
    return true;
  }

  deleteTag(repository: string, tag: string): boolean {
    const from = this.#repositories.get(repository);
    if (from?.tags.delete(tag) !== true) return false;
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
    const digests = [...(from?.referrers.get(subject) ?? [])].sort();
    return digests.flatMap((digest) => {
      const manifest = from?.manifests.get(digest);
      return manifest === undefined ? [] : [describe(manifest)];
    });
  }

  /** Whether a repository still has the manifest. */
  holds(digest: Hash): boolean {
    for (const { manifests } of this.#repositories.values()) if (manifests.has(digest)) return true;
    return false;
  }

  hasTag(repository: string, tag: string): boolean {
    return this.#repositories.get(repository)?.tags.has(tag) === true;
  }

  /** Everything, as the entries from which the same index can be built. */
  *[Symbol.iterator](): Generator<ManifestEntry> {
    for (const [repository, { manifests, tags }] of this.#repositories) {
      const tagsOf = new Map<Hash, string[]>();
      for (const [tag, digest] of tags) tagsOf.set(digest, [...(tagsOf.get(digest) ?? []), tag]);
      for (const manifest of manifests.values()) {
        yield { repository, manifest, tags: tagsOf.get(manifest.digest) ?? [] };
      }
    }
  }

  #open(name: string): Repository {
    let repository = this.#repositories.get(name);
    if (repository === undefined) {
      repository = {
        manifests: new Map(),
        tags: new Map(),
        tagNames: new SortedNames(),
        referrers: new Map(),
      };
      this.#repositories.set(name, repository);
    }
    return repository;
  }
}

function describe({ mediaType, size, digest, artifactType, annotations }: ManifestRecord): Descriptor {
  return {
    mediaType,
    size,
    digest,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
