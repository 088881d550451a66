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

/** Tars are padded to a multiple of their blocking factor, which is 10 KiB by default; tools that reserve space add more. */
const MAX_PADDING = 64 * 1024 ** 2;

/**
 * The bytes of a plain tar that comes from a pipe, a device or a decompressor, up to its end and a little padding. What
 * follows is not waited for: it might never end. Owns the source.
 *
 * @throws {@link ArchiveInvalidError} through the stream, as soon as it turns out not to be a tar.
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
