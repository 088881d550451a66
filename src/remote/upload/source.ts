import { Readable } from 'node:stream';
import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { inheritDisposable } from '../../internal/streams/disposable.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { verified } from '../../internal/streams/verify.js';
import type { Hash } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';

/** A blob whose digest and size are known. */
export interface KnownBlob {
  readonly digest: Hash;
  readonly size: number;
}

/** The bytes of a blob, in pieces that may be asked for again. */
export interface UploadSource {
  /**
   * Opens `length` bytes from `offset` on. Pieces that follow each other come from one reading of the
   * layer; going back reads it anew. The last bytes are held back until the layer's end is
   * reached and its digest is right, so that wrong content never arrives whole.
   */
  open(offset: number, length: number, options: AbortOptions): Promise<Readable>;
  /** Why the layer could not be read, if that is what broke a piece. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Bytes handed out, counted from the start of the layer. */
  readonly position: number;
  destroy(): void;
}

interface Reading {
  readonly stream: Readable;
  readonly chunks: AsyncIterator<Buffer, undefined>;
  leftover: Buffer | undefined;
  position: number;
}

export function uploadSource(
  layer: Pick<Layer, 'compressed'>,
  blob: KnownBlob,
  onBytes: (position: number) => void,
): UploadSource {
  const subject = `blob ${blob.digest}`;
  let reading: Reading | undefined;
  let failure: { readonly error: unknown } | undefined;

  const abandon = (): void => {
    if (reading !== undefined) discard(reading.stream);
    reading = undefined;
  };

  const start = async (options: AbortOptions): Promise<Reading> => {
    const content = await layer.compressed(options);
    const stream = isVerifiedAs(content, blob.digest) ? content : verified(content, { ...blob, subject });
    // Layers yield bytes, never objects.
    const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    return { stream, chunks, leftover: undefined, position: 0 };
  };

  /** The next bytes, at most `most`. */
  const take = async (from: Reading, most: number): Promise<Buffer> => {
    let chunk = from.leftover;
    from.leftover = undefined;
    while (chunk === undefined || chunk.length === 0) {
      const result = await from.chunks.next();
      if (result.done === true) throw new SizeMismatchError(subject, blob.size, from.position);
      chunk = result.value;
    }
    if (chunk.length > most) {
      from.leftover = chunk.subarray(most);
      chunk = chunk.subarray(0, most);
    }
    from.position += chunk.length;
    return chunk;
  };

  const expectEnd = async (from: Reading): Promise<void> => {
    if (from.leftover === undefined && (await from.chunks.next()).done === true) return;
    throw new SizeMismatchError(subject, blob.size, blob.size + 1);
  };

  /** A reading that stands at `offset`. */
  const seek = async (offset: number, options: AbortOptions): Promise<Reading> => {
    if (reading?.position === offset) return reading;
    abandon();
    const opened = await start(options);
    reading = opened;
    while (opened.position < offset) await take(opened, offset - opened.position);
    return opened;
  };

  const fail = (error: unknown): void => {
    failure ??= { error };
    abandon();
  };

  return {
    get failure() {
      return failure;
    },
    get position() {
      return reading?.position ?? 0;
    },
    destroy: abandon,
    open: async (offset, length, options) => {
      let from: Reading;
      try {
        from = await seek(offset, options);
      } catch (error) {
        fail(error);
        throw error;
      }
      let remaining = length;
      const next = async (): Promise<Buffer | null> => {
        const piece = remaining === 0 ? null : await take(from, remaining);
        remaining -= piece?.length ?? 0;
        if (remaining === 0 && from.position === blob.size) await expectEnd(from);
        if (piece !== null) onBytes(from.position);
        return piece;
      };
      const piece = new Readable({
        highWaterMark: ONE_CHUNK,
        read() {
          next().then(
            (piece) => this.push(piece),
            (error: unknown) => {
              // Once the piece is given up its reading is ended, which is no failure of the layer.
              if (!this.destroyed) fail(error);
              this.destroy(error as Error);
            },
          );
        },
        destroy(error, callback) {
          if (remaining > 0 && reading === from) abandon();
          callback(error);
        },
      });
      ignoreLateErrors(piece);
      return inheritDisposable(from.stream, piece);
    },
  };
}
