import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { accessTo } from '../../../internal/files/random-access.js';
import type { Descriptor } from '../../../v1/descriptor.js';
import { type Hash, newHash } from '../../../v1/hash.js';
import { ContentFiles } from './content-files.js';
import type { DiskOptions } from './blobs.js';
import { Journal } from './journal.js';
import { KeyedLock } from '../keyed-lock.js';
import { type ManifestEntry, ManifestIndex } from '../manifest-index.js';
import type { ManifestRecord, ManifestStore } from '../manifest-store.js';
import { StoreDirectory } from './store-directory.js';
import { UploadFile } from './upload-file.js';

/**
 * Stores manifests in a directory, as files named by their digests, with a journal that records their repositories and tags.
 *
 * The first use opens the directory. Only one store can use it until the store is closed; any other one fails with an
 * `InUseError`.
 */
export function newDiskManifestStore(dir: string, options: DiskOptions = {}): ManifestStore {
  return new DiskManifests(dir, options.durable ?? true);
}

type JournalEntry =
  | ({ readonly op: 'put' } & ManifestEntry)
  | { readonly op: 'delete'; readonly repository: string; readonly digest: Hash }
  | { readonly op: 'untag'; readonly repository: string; readonly tag: string };

class DiskManifests implements ManifestStore {
  readonly #files: ContentFiles;
  readonly #durable: boolean;
  #index = new ManifestIndex();
  readonly #lock = new KeyedLock();
  readonly #directory: StoreDirectory;

  constructor(dir: string, durable: boolean) {
    this.#files = new ContentFiles(dir, durable);
    this.#durable = durable;
    this.#directory = new StoreDirectory(dir, async () => {
      await this.#files.prepare();
      this.#index = new ManifestIndex();
      return Journal.open(
        join(dir, 'manifests.jsonl'),
        { durable },
        (change) => {
          this.#apply(parseChange(change));
        },
        () => this.#snapshot(),
      );
    });
  }

  async open(): Promise<void> {
    await this.#directory.journal();
  }

  async close(): Promise<void> {
    await this.#directory.close();
  }

  async stat(repository: string, reference: string): Promise<ManifestRecord | undefined> {
    await this.#directory.journal();
    const record = this.#index.find(repository, reference);
    return record !== undefined && (await this.#files.check(record.digest)) ? record : undefined;
  }

  async content(repository: string, digest: Hash): Promise<Uint8Array | undefined> {
    await this.#directory.journal();
    if (this.#index.find(repository, digest) === undefined) return undefined;
    const file = await this.#files.open(digest);
    if (file === undefined) return undefined;
    try {
      return await accessTo(file, file.size).read(0, file.size);
    } finally {
      await file.close();
    }
  }

  async put(
    repository: string,
    manifest: ManifestRecord,
    content: Uint8Array,
    tags: readonly string[],
  ): Promise<void> {
    await this.#directory.journal();
    await this.#lock.run(manifest.digest, async () => {
      if (!(await this.#files.check(manifest.digest))) await this.#write(manifest.digest, content);
      await this.#change({ op: 'put', repository, manifest, tags });
    });
  }

  async delete(repository: string, digest: Hash): Promise<boolean> {
    await this.#directory.journal();
    return this.#lock.run(digest, async () => {
      if (this.#index.find(repository, digest) === undefined) return false;
      await this.#change({ op: 'delete', repository, digest });
      if (!this.#index.holds(digest)) await this.#files.remove(digest);
      return true;
    });
  }

  async deleteTag(repository: string, tag: string): Promise<boolean> {
    await this.#directory.journal();
    if (!this.#index.hasTag(repository, tag)) return false;
    await this.#change({ op: 'untag', repository, tag });
    return true;
  }

  async tags(repository: string): Promise<readonly string[] | undefined> {
    await this.#directory.journal();
    return this.#index.tags(repository);
  }

  async repositories(): Promise<readonly string[]> {
    await this.#directory.journal();
    return this.#index.repositories();
  }

  async referrers(repository: string, subject: Hash): Promise<readonly Descriptor[]> {
    await this.#directory.journal();
    return this.#index.referrers(repository, subject);
  }

  async #write(digest: Hash, content: Uint8Array): Promise<void> {
    const file = new UploadFile(this.#files.temporaryPath(randomBytes(16).toString('hex')));
    try {
      await file.append([content]);
      await file.finish({ durable: this.#durable });
      await this.#files.publish(file.path, digest);
    } finally {
      await file.remove();
    }
  }

  async #change(change: JournalEntry): Promise<void> {
    const journal = await this.#directory.journal();
    await journal.append(change, () => {
      this.#apply(change);
    });
  }

  #apply(change: JournalEntry | undefined): void {
    if (change === undefined) return;
    const { repository } = change;
    if (change.op === 'put') this.#index.put(change);
    else if (change.op === 'delete') this.#index.delete(repository, change.digest);
    else this.#index.deleteTag(repository, change.tag);
  }

  *#snapshot(): Generator<JournalEntry> {
    for (const entry of this.#index) yield { op: 'put', ...entry };
  }
}

/** Parses an entry of the journal; undefined if it has another shape. */
function parseChange(line: unknown): JournalEntry | undefined {
  // `null` has no members, and every member is checked below.
  const { op, repository, tag, digest, manifest, tags } = (line ?? {}) as Partial<Record<string, unknown>>;
  if (typeof repository !== 'string') return undefined;
  if (op === 'untag' && typeof tag === 'string') return { op, repository, tag };
  if (op === 'delete' && typeof digest === 'string') return { op, repository, digest: newHash(digest) };
  if (op !== 'put' || !Array.isArray(tags) || !isRecord(manifest)) return undefined;
  return { op, repository, manifest, tags: tags.filter((name) => typeof name === 'string') };
}

/** Checks the members that become keys and paths. The others are only sent to clients. */
function isRecord(value: unknown): value is ManifestRecord {
  const { digest, subject, mediaType, size } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (typeof digest !== 'string' || typeof mediaType !== 'string' || typeof size !== 'number') return false;
  return [digest, ...(typeof subject === 'string' ? [subject] : [])].every((text) => newHash(text) === text);
}
