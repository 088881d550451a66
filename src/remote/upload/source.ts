import { Readable } from 'node:stream';
import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { inheritDisposable } from '../../internal/streams/disposable.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { verified } from '../../internal/streams/verify.js';
import type { Layer } from '../../v1/layer.js';
import type { KnownBlob } from './protocol.js';

/** The bytes of a blob, in parts that can be opened again. */
export class UploadSource {
  readonly #layer: Pick<Layer, 'compressed'>;
  readonly #blob: KnownBlob;
  readonly #onBytes: (position: number) => void;
  #reading: LayerReading | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** @param onBytes - called with the offset after each chunk that was handed out */
  constructor(layer: Pick<Layer, 'compressed'>, blob: KnownBlob, onBytes: (position: number) => void) {
    this.#layer = layer;
    this.#blob = blob;
    this.#onBytes = onBytes;
  }

  /** Why the layer could not be read, if that is what broke a part. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The bytes handed out, counted from the start of the layer. */
  get position(): number {
    return this.#reading?.position ?? 0;
  }

  /**
   * Opens `length` bytes from `offset` on. Parts that follow each other come from one reading of the layer; an earlier
   * offset reads the layer again. The last bytes are held back until the layer has ended with the right digest, so that
   * wrong content never arrives completely.
   */
  async open(offset: number, length: number, options: AbortOptions): Promise<Readable> {
    let reading: LayerReading;
    try {
      reading = await this.#seek(offset, options);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    let remaining = length;
    const next = async (): Promise<Buffer | null> => {
      const chunk = remaining === 0 ? null : await reading.take(remaining);
      remaining -= chunk?.length ?? 0;
      if (remaining === 0 && reading.position === this.#blob.size) await reading.expectEnd();
      if (chunk !== null) this.#onBytes(reading.position);
      return chunk;
    };
    const part = new Readable({
      highWaterMark: ONE_CHUNK,
      read: () => {
        next().then(
          (chunk) => part.push(chunk),
          (error: unknown) => {
            // A destroyed part ends its reading, which is not a failure of the layer.
            if (!part.destroyed) this.#fail(error);
            part.destroy(error as Error);
          },
        );
      },
      destroy: (error, callback) => {
        if (remaining > 0 && this.#reading === reading) this.destroy();
        callback(error);
      },
    });
    ignoreLateErrors(part);
    return inheritDisposable(reading.stream, part);
  }

  /** Ends the reading of the layer. */
  destroy(): void {
    if (this.#reading !== undefined) discard(this.#reading.stream);
    this.#reading = undefined;
  }

  /** A reading whose position is `offset`. */
  async #seek(offset: number, options: AbortOptions): Promise<LayerReading> {
    if (this.#reading?.position === offset) return this.#reading;
    this.destroy();
    const reading = await readLayer(this.#layer, this.#blob, options);
    this.#reading = reading;
    while (reading.position < offset) await reading.take(offset - reading.position);
    return reading;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.destroy();
  }
}

async function readLayer(
  layer: Pick<Layer, 'compressed'>,
  blob: KnownBlob,
  options: AbortOptions,
): Promise<LayerReading> {
  const subject = `blob ${blob.digest}`;
  const content = await layer.compressed(options);
  const stream = isVerifiedAs(content, blob.digest) ? content : verified(content, { ...blob, subject });
  return new LayerReading(stream, blob.size, subject);
}

/** One pass over the bytes of a layer. */
class LayerReading {
  readonly stream: Readable;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  readonly #size: number;
  readonly #subject: string;
  #leftover: Buffer | undefined;
  #position = 0;

  constructor(stream: Readable, size: number, subject: string) {
    this.stream = stream;
    // Layers yield bytes, never objects.
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    this.#size = size;
    this.#subject = subject;
  }

  get position(): number {
    return this.#position;
  }

  /** The next bytes, at most `limit`. */
  async take(limit: number): Promise<Buffer> {
    let chunk = this.#leftover;
    this.#leftover = undefined;
    while (chunk === undefined || chunk.length === 0) {
      const result = await this.#chunks.next();
      if (result.done === true) throw new SizeMismatchError(this.#subject, this.#size, this.#position);
      chunk = result.value;
    }
    if (chunk.length > limit) {
      this.#leftover = chunk.subarray(limit);
      chunk = chunk.subarray(0, limit);
    }
    this.#position += chunk.length;
    return chunk;
  }

  /** Throws if the layer has more bytes, or ends with the wrong digest. */
  async expectEnd(): Promise<void> {
    if (this.#leftover === undefined && (await this.#chunks.next()).done === true) return;
    throw new SizeMismatchError(this.#subject, this.#size, this.#size + 1);
  }
}
