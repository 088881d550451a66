import { Readable } from 'node:stream';
import { NotFoundError } from '../../../errors/service/not-found.js';
import type { Hash } from '../../../v1/hash.js';
import { BlobLinks } from '../blob-links.js';
import type { BlobHandler, BlobUpload, ByteRange } from '../blob-handler.js';
import { ignoreLateErrors } from '../../../internal/streams/consume.js';

/** Makes a store that keeps blobs in memory, in the chunks in which they arrived. */
export function newInMemoryBlobHandler(): BlobHandler {
  return new MemoryBlobs();
}

type Chunks = readonly Uint8Array[];

class MemoryBlobs implements BlobHandler {
  readonly #links = new BlobLinks();
  readonly #content = new Map<Hash, Chunks>();

  async stat(repository: string, digest: Hash): Promise<{ size: number } | undefined> {
    const size = this.#links.size(repository, digest);
    return size === undefined ? undefined : { size };
  }

  async get(repository: string, digest: Hash, range?: ByteRange): Promise<Readable> {
    const chunks = this.#content.get(digest);
    if (chunks === undefined || this.#links.size(repository, digest) === undefined) {
      throw new NotFoundError(`blob ${digest} is not in ${repository}`);
    }
    return read(chunks, range);
  }

  async put(repository: string, digest: Hash, content: Readable): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content as AsyncIterable<Uint8Array>) chunks.push(chunk);
    this.#store(repository, digest, chunks);
  }

  async delete(repository: string, digest: Hash): Promise<boolean> {
    const outcome = this.#links.remove(repository, digest);
    if (outcome === 'last') this.#content.delete(digest);
    return outcome !== 'absent';
  }

  async mount(from: string, repository: string, digest: Hash): Promise<boolean> {
    const size = this.#links.size(from, digest);
    if (size !== undefined) this.#links.add(repository, digest, size);
    return size !== undefined;
  }

  async holders(digest: Hash): Promise<Iterable<string>> {
    return this.#links.holders(digest);
  }

  async startUpload(): Promise<BlobUpload> {
    let chunks: Uint8Array[] = [];
    return {
      append: async (more) => {
        chunks.push(...more);
      },
      content: async () => read(chunks),
      commit: async (repository, digest) => {
        this.#store(repository, digest, chunks);
      },
      discard: async () => {
        chunks = [];
      },
    };
  }

  #store(repository: string, digest: Hash, chunks: Chunks): void {
    const size = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
    // If the blob exists, the older copy is kept, so that the memory is used only once.
    if (!this.#content.has(digest)) this.#content.set(digest, chunks);
    this.#links.add(repository, digest, size);
  }
}

/** Streams the chunks, cut to the range, without copying them. */
function read(chunks: Chunks, range?: ByteRange): Readable {
  const { start, end } = range ?? { start: 0, end: Infinity };
  function* slices(): Generator<Uint8Array> {
    let position = 0;
    for (const chunk of chunks) {
      const from = Math.max(start - position, 0);
      const to = Math.min(end + 1 - position, chunk.byteLength);
      position += chunk.byteLength;
      if (from < to) yield from === 0 && to === chunk.byteLength ? chunk : chunk.subarray(from, to);
      if (position > end) return;
    }
  }
  return ignoreLateErrors(Readable.from(slices(), { objectMode: false, highWaterMark: 256 * 1024 }));
}
