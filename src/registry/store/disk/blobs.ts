import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { NotFoundError } from '../../../errors/service/not-found.js';
import { accessTo } from '../../../internal/files/random-access.js';
import { type Hash, newHash } from '../../../v1/hash.js';
import type { BlobHandler, BlobUpload, ByteRange } from '../blob-handler.js';
import { BlobLinks } from '../blob-links.js';
import { ContentFiles } from './content-files.js';
import { Journal } from './journal.js';
import { KeyedLock } from '../keyed-lock.js';
import { StoreDirectory } from './store-directory.js';
import { UploadFile } from './upload-file.js';

/** How a store on disk writes. */
export interface DiskOptions {
  /** Forces all data to disk before it is confirmed to a client, so that it survives a power cut. @default true */
  readonly durable?: boolean | undefined;
}

/**
 * Stores blobs in a directory, as files named by their digests, with a journal that records their repositories. A file whose
 * content does not match its name is never served.
 *
 * The first use opens the directory. Only one store can use it until the store is closed; any other one fails with an
 * `InUseError`.
 */
export function newDiskBlobHandler(dir: string, options: DiskOptions = {}): BlobHandler {
  return new DiskBlobs(dir, options.durable ?? true);
}

interface JournalEntry {
  readonly op: 'link' | 'unlink';
  readonly repository: string;
  readonly digest: Hash;
  readonly size: number;
}

class DiskBlobs implements BlobHandler {
  readonly #files: ContentFiles;
  readonly #durable: boolean;
  #links = new BlobLinks();
  readonly #lock = new KeyedLock();
  readonly #directory: StoreDirectory;

  constructor(dir: string, durable: boolean) {
    this.#files = new ContentFiles(dir, durable);
    this.#durable = durable;
    this.#directory = new StoreDirectory(dir, async () => {
      await this.#files.prepare();
      this.#links = new BlobLinks();
      return Journal.open(
        join(dir, 'links.jsonl'),
        { durable },
        (change) => {
          this.#replay(change);
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

  async stat(repository: string, digest: Hash): Promise<{ size: number } | undefined> {
    await this.#directory.journal();
    const size = this.#links.size(repository, digest);
    return size !== undefined && (await this.#files.check(digest)) ? { size } : undefined;
  }

  async get(repository: string, digest: Hash, range?: ByteRange): Promise<Readable> {
    await this.#directory.journal();
    const isLinked = this.#links.size(repository, digest) !== undefined;
    const file = isLinked ? await this.#files.open(digest) : undefined;
    if (file === undefined) throw new NotFoundError(`blob ${digest} is not in ${repository}`);
    const { start, end } = range ?? { start: 0, end: file.size - 1 };
    const stream = accessTo(file, file.size).stream(start, end - start + 1);
    stream.once('close', () => {
      // The reader has received everything, so a failure to close the file is ignored.
      file.close().catch(() => undefined);
    });
    return stream;
  }

  async put(repository: string, digest: Hash, content: Readable): Promise<void> {
    const upload = await this.startUpload();
    try {
      for await (const chunk of content as AsyncIterable<Uint8Array>) await upload.append([chunk]);
      await upload.commit(repository, digest);
    } finally {
      await upload.discard();
    }
  }

  async delete(repository: string, digest: Hash): Promise<boolean> {
    const journal = await this.#directory.journal();
    return this.#lock.run(digest, async () => {
      const size = this.#links.size(repository, digest);
      if (size === undefined) return false;
      let outcome = 'absent';
      await journal.append({ op: 'unlink', repository, digest, size } satisfies JournalEntry, () => {
        outcome = this.#links.remove(repository, digest);
      });
      if (outcome === 'last') await this.#files.remove(digest);
      return true;
    });
  }

  async mount(from: string, repository: string, digest: Hash): Promise<boolean> {
    await this.#directory.journal();
    return this.#lock.run(digest, async () => {
      const size = this.#links.size(from, digest);
      if (size === undefined || !(await this.#files.check(digest))) return false;
      await this.#link(repository, digest, size);
      return true;
    });
  }

  async holders(digest: Hash): Promise<Iterable<string>> {
    await this.#directory.journal();
    return this.#links.holders(digest);
  }

  async startUpload(): Promise<BlobUpload> {
    await this.#directory.journal();
    const file = new UploadFile(this.#files.temporaryPath(randomBytes(16).toString('hex')));
    return {
      append: async (chunks) => file.append(chunks),
      pause: async () => file.pause(),
      content: async () => file.content(),
      commit: async (repository, digest) => {
        await file.finish({ durable: this.#durable });
        await this.#lock.run(digest, async () => {
          await this.#files.publish(file.path, digest);
          await this.#link(repository, digest, file.size);
        });
      },
      discard: async () => file.remove(),
    };
  }

  async #link(repository: string, digest: Hash, size: number): Promise<void> {
    if (this.#links.size(repository, digest) !== undefined) return;
    const journal = await this.#directory.journal();
    await journal.append({ op: 'link', repository, digest, size } satisfies JournalEntry, () => {
      this.#links.add(repository, digest, size);
    });
  }

  #replay(change: unknown): void {
    const { op, repository, digest, size } = change as Partial<JournalEntry>;
    if (typeof repository !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return;
    if (op === 'link') this.#links.add(repository, newHash(digest), size);
    else if (op === 'unlink') this.#links.remove(repository, newHash(digest));
  }

  *#snapshot(): Generator<JournalEntry> {
    for (const link of this.#links) yield { op: 'link', ...link };
  }
}
