import type { Descriptor } from '../../../v1/descriptor.js';
import type { Hash } from '../../../v1/hash.js';
import { ManifestIndex } from '../manifest-index.js';
import type { ManifestRecord, ManifestStore } from '../manifest-store.js';

/** Makes a store that keeps manifests and tags in memory. */
export function newInMemoryManifestStore(): ManifestStore {
  return new MemoryManifests();
}

class MemoryManifests implements ManifestStore {
  readonly #index = new ManifestIndex();
  readonly #content = new Map<Hash, Uint8Array>();

  async stat(repository: string, reference: string): Promise<ManifestRecord | undefined> {
    return this.#index.find(repository, reference);
  }

  async content(repository: string, digest: Hash): Promise<Uint8Array | undefined> {
    const exists = this.#index.find(repository, digest) !== undefined;
    return exists ? this.#content.get(digest) : undefined;
  }

  async put(
    repository: string,
    manifest: ManifestRecord,
    content: Uint8Array,
    tags: readonly string[],
  ): Promise<void> {
    this.#content.set(manifest.digest, content);
    this.#index.put({ repository, manifest, tags });
  }

  async delete(repository: string, digest: Hash): Promise<boolean> {
    const deleted = this.#index.delete(repository, digest);
    if (deleted && !this.#index.holds(digest)) this.#content.delete(digest);
    return deleted;
  }

  async deleteTag(repository: string, tag: string): Promise<boolean> {
    return this.#index.deleteTag(repository, tag);
  }

  async tags(repository: string): Promise<readonly string[] | undefined> {
    return this.#index.tags(repository);
  }

  async repositories(): Promise<readonly string[]> {
    return this.#index.repositories();
  }

  async referrers(repository: string, subject: Hash): Promise<readonly Descriptor[]> {
    return this.#index.referrers(repository, subject);
  }
}
