import type { Hash } from '../../v1/hash.js';

interface Entry {
  readonly size: number;
  readonly repositories: Set<string>;
}

/** Records which repository has which blobs. A blob that no repository has is removed. */
export class BlobLinks {
  readonly #entries = new Map<Hash, Entry>();

  /** The blob's size, or undefined if the repository does not have it. */
  size(repository: string, digest: Hash): number | undefined {
    const entry = this.#entries.get(digest);
    return entry?.repositories.has(repository) === true ? entry.size : undefined;
  }

  holders(digest: Hash): ReadonlySet<string> {
    return this.#entries.get(digest)?.repositories ?? new Set();
  }

  add(repository: string, digest: Hash, size: number): void {
    const entry = this.#entries.get(digest) ?? { size, repositories: new Set() };
    entry.repositories.add(repository);
    this.#entries.set(digest, entry);
  }

  /** Removes a link. The result says whether it did not exist, or whether other repositories still have the blob. */
  remove(repository: string, digest: Hash): 'absent' | 'shared' | 'last' {
    const entry = this.#entries.get(digest);
    if (entry?.repositories.delete(repository) !== true) return 'absent';
    if (entry.repositories.size > 0) return 'shared';
    this.#entries.delete(digest);
    return 'last';
  }

  *[Symbol.iterator](): Generator<{ repository: string; digest: Hash; size: number }> {
    for (const [digest, { size, repositories }] of this.#entries) {
      for (const repository of repositories) yield { repository, digest, size };
    }
  }
}
