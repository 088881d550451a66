import { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { compressionOf, decompressed } from '../../internal/compress/compression.js';
import { type Spool, type SpoolWriter, spoolWriter } from '../../internal/files/spool.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { guardStream } from '../../partial/layers/open-stream.js';
import type { DecompressionLimits } from '../../partial/layers/decompression-limits.js';
import type { Layer } from '../../v1/layer.js';

/** The tar of a layer that can be opened again after its first read. */
export interface CopiedLayer {
  /** Opens the tar for the first read. Call it once. */
  open(): Promise<Readable>;
  /** Opens the tar again. The first read must have ended. */
  openAgain(): Promise<Readable>;
  /** Whether the stored bytes are known to be a plain tar. It is known after the first read. */
  readonly isPlain: boolean | undefined;
  close(): Promise<void>;
}

/**
 * Keeps a copy of the stored bytes of a layer while it is read, so that nothing is downloaded a second time. Small layers are
 * kept in memory, others in a temporary file without a name. Only layers from registries are copied: others are opened again.
 */
export function copiedLayer(layer: Layer, options: CopyOptions): CopiedLayer {
  if (layer.mountFrom?.() !== undefined) return new DownloadedLayer(layer, options);
  const open = async (): Promise<Readable> => layer.uncompressed(options);
  return { open, openAgain: open, isPlain: false, close: async () => Promise.resolve() };
}

export interface CopyOptions extends DecompressionLimits, AbortOptions {
  /** Whether the tar may be opened again. Without it, nothing is copied. */
  readonly keepsContent: boolean;
}

class DownloadedLayer implements CopiedLayer {
  readonly #layer: Layer;
  readonly #options: CopyOptions;
  readonly #writer: SpoolWriter;
  /** The download. It continues where the last reader ended. */
  #download: { readonly stream: Readable; readonly chunks: AsyncIterator<unknown> } | undefined;
  #copy: Spool | undefined;
  isPlain: boolean | undefined;

  constructor(layer: Layer, options: CopyOptions) {
    this.#layer = layer;
    this.#options = options;
    this.#writer = spoolWriter(options);
  }

  async open(): Promise<Readable> {
    const stream = await this.#layer.compressed({ signal: this.#options.signal });
    this.#download = { stream, chunks: stream[Symbol.asyncIterator]() };
    return this.#decompressed(this.#copying());
  }

  async openAgain(): Promise<Readable> {
    this.#copy ??= await this.#writer.finish();
    return this.#decompressed(this.#copied(this.#copy));
  }

  async close(): Promise<void> {
    if (this.#download !== undefined) discard(this.#download.stream);
    if (this.#copy === undefined) await this.#writer.discard();
    else await this.#copy.close();
  }

  async #decompressed(chunks: AsyncGenerator<Uint8Array>): Promise<Readable> {
    const stored = ignoreLateErrors(Readable.from(chunks, { objectMode: false }));
    return guardStream(await decompressed(stored, this.#options), this.#options);
  }

  /** The bytes of the download, each copied before it is passed on. */
  async *#copying(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#rest()) {
      this.isPlain ??= chunk.byteLength >= 4 && compressionOf(chunk) === 'none';
      if (this.#options.keepsContent) await this.#writer.write(chunk);
      yield chunk;
    }
  }

  /** The bytes that were copied, and then those that were not downloaded yet. */
  async *#copied(copy: Spool): AsyncGenerator<Uint8Array> {
    yield* copy.open() as AsyncIterable<Uint8Array>;
    yield* this.#rest();
  }

  async *#rest(): AsyncGenerator<Uint8Array> {
    // A reader that ends early must not end the download, so the iterator is not used in a loop of its own.
    for (;;) {
      const next = await this.#download?.chunks.next();
      if (next === undefined || next.done === true) return;
      // Layers yield bytes, never objects.
      yield next.value as Uint8Array;
    }
  }
}
