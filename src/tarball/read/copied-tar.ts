import type { Readable } from 'node:stream';
import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { inheritDisposable } from '../../internal/streams/disposable.js';
import { generated } from '../../internal/streams/generated.js';
import { TarWalk } from '../../internal/tar/walk.js';
import { notAnArchive } from './not-an-archive.js';

export interface CopiedTarOptions {
  readonly maxEntries?: number | undefined;
  readonly maxBytes?: number | undefined;
}

const MAX_ENTRIES = 1_000_000;
const MAX_BYTES = 64 * 1024 ** 3;

/** Tars are padded to a multiple of their blocking factor, 10 KiB by default. Tools that reserve space add more. */
const MAX_PADDING = 64 * 1024 ** 2;

/**
 * Yields the bytes of a plain tar from a pipe, a device or a decompressor, up to the tar's end and at most 64 MiB of padding.
 * It does not wait for the end of the source, which may never come. Owns the source.
 *
 * @throws ArchiveInvalidError through the stream, as soon as the source is seen not to be a tar.
 */
export function copiedTar(source: Readable, options: CopiedTarOptions = {}): Readable {
  return inheritDisposable(
    source,
    generated(source, () => upToEnd(source, options)),
  );
}

async function* upToEnd(
  source: Readable,
  { maxEntries = MAX_ENTRIES, maxBytes = MAX_BYTES }: CopiedTarOptions,
): AsyncGenerator<Buffer> {
  const walk = new TarWalk({ maxEntries });
  let size = 0;
  // Byte streams yield Buffers.
  for await (const chunk of source as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new LimitExceededError('size of the archive', maxBytes, 'maxBytes');
    try {
      walk.take(chunk);
    } catch (error) {
      throw walk.hasHeader ? error : notAnArchive(walk.firstBlock, error);
    }
    yield chunk;
    if (walk.trailingBytes > MAX_PADDING) return;
  }
}
