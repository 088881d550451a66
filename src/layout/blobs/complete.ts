import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { consume } from '../../internal/streams/consume.js';
import { dispose, isDisposable } from '../../internal/streams/disposable.js';
import type { PartialFile } from '../../internal/resumable/partial-file.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { tally } from '../../internal/streams/verify.js';
import { compressedFrom } from '../../partial/capabilities.js';
import { type Hash, hashAlgorithm } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';

export interface CompleteBlobOptions extends AbortOptions {
  /** Receives the number of bytes that the file has of the blob. */
  readonly onBytes: (position: number) => void;
  /** Receives the offset from which the layer is read; 0 if it is read again from the start. */
  readonly onResumed: (offset: number) => void;
}

/**
 * Completes a partial file with the rest of a layer. The bytes that the file has already are hashed first. If the complete
 * file does not have the layer's digest, the layer is read once more from the start.
 */
export async function completeBlob(
  partial: PartialFile,
  layer: Layer,
  blob: { readonly digest: Hash; readonly size: number },
  options: CompleteBlobOptions,
): Promise<void> {
  if (partial.size > blob.size) await partial.restart();
  for (;;) {
    const resumed = partial.size > 0;
    try {
      await fill(partial, layer, blob, options);
      return;
    } catch (error) {
      const wrong = error instanceof DigestMismatchError || error instanceof SizeMismatchError;
      if (wrong) await partial.restart();
      if (!wrong || !resumed) throw error;
      options.onResumed(0);
    }
  }
}

async function fill(
  partial: PartialFile,
  layer: Layer,
  { digest, size }: { readonly digest: Hash; readonly size: number },
  { signal, onBytes, onResumed }: CompleteBlobOptions,
): Promise<void> {
  const subject = `blob ${digest}`;
  const start = partial.size;
  const seen = tally(hashAlgorithm(digest));
  if (start > 0) {
    await consume(
      partial.read({ signal }),
      (chunk) => {
        seen.update(chunk);
        dispose(chunk);
        return undefined;
      },
      { signal },
    );
    onResumed(start);
  }
  let checked = false;
  if (start < size) {
    const rest = await (start === 0
      ? layer.compressed({ signal })
      : compressedFrom(layer, start, { signal }));
    const ownsChunks = isDisposable(rest);
    // A stream of the complete layer may verify its digest itself; a stream of the rest cannot.
    checked = isVerifiedAs(rest, digest);
    await consume(
      rest,
      (chunk) => {
        if (partial.size + chunk.byteLength > size) throw new SizeMismatchError(subject, size, size + 1);
        if (!checked) seen.update(chunk);
        const room = ownsChunks ? partial.writeAndDispose(chunk) : partial.write(chunk);
        onBytes(partial.size);
        return room;
      },
      { signal },
    );
  }
  if (partial.size !== size) throw new SizeMismatchError(subject, size, partial.size);
  const actual = checked ? digest : seen.digest();
  if (actual !== digest) throw new DigestMismatchError(subject, digest, actual);
}
