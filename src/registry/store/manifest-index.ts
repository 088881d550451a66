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
  /** The same the other way round, so that a manifest is deleted without a look at all tags. */
  readonly tagsOf: Map<Hash, Set<string>>;
  readonly tagNames: SortedNames;
  /** Subject to referrers. */
  readonly referrers: Map<Hash, SortedNames<Hash>>;
}

/** The manifests, tags and referrers of all repositories, without the manifests' bytes. */
export class ManifestIndex {
  readonly #repositories = new Map<string, Repository>();
  readonly #names = new SortedNames();
  /** In how many repositories each manifest is. */
  readonly #holders = new Map<Hash, number>();

  find(repository: string, reference: string): ManifestRecord | undefined {
    const found = this.#repositories.get(repository);
    return found?.manifests.get(found.tags.get(reference) ?? reference);
  }

  put({ repository, manifest, tags }: ManifestEntry): void {
    const into = this.#open(repository);
    const { digest, subject } = manifest;
    if (!into.manifests.has(digest)) this.#holders.set(digest, (this.#holders.get(digest) ?? 0) + 1);
    into.manifests.set(digest, manifest);
    this.#names.add(repository);
    for (const tag of tags) {
      untag(into, tag);
      into.tags.set(tag, digest);
      into.tagNames.add(tag);
      const own = into.tagsOf.get(digest) ?? new Set();
      into.tagsOf.set(digest, own.add(tag));
    }
    if (subject === undefined) return;
    const referrers = into.referrers.get(subject) ?? new SortedNames<Hash>();
    referrers.add(digest);
    into.referrers.set(subject, referrers);
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
      return manifest === undefined ? [] : [describe(manifest)];
    });
  }

  /** Whether a repository still has the manifest. */
  holds(digest: Hash): boolean {
    return this.#holders.has(digest);
  }

  hasTag(repository: string, tag: string): boolean {
    return this.#repositories.get(repository)?.tags.has(tag) === true;
  }

  /** Everything, as the entries from which the same index can be built. */
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

/** Takes a tag from the manifest that it points at; false if there is none. */
function untag({ tags, tagsOf }: Repository, tag: string): boolean {
  const digest = tags.get(tag);
  if (digest === undefined) return false;
  tags.delete(tag);
  const own = tagsOf.get(digest);
  own?.delete(tag);
  if (own?.size === 0) tagsOf.delete(digest);
  return true;
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
