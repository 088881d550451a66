import { Readable } from 'node:stream';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { decompressed } from '../internal/compress/compression.js';
import { ignoreLateErrors } from '../internal/streams/consume.js';
import type { TarHeader } from '../internal/tar/format/header.js';
import { readTar } from '../internal/tar/reader.js';

/** The bytes of a tar, plain or compressed with gzip or zstd. A web stream is an AsyncIterable, too. */
export type TarSource = Readable | AsyncIterable<Uint8Array> | Uint8Array;

/** An entry of a tar that is being read. */
export interface TarEntry {
  /** Name, type, metadata and size of the entry. */
  readonly header: TarHeader;
  /**
   * The body, with the holes of a sparse file. It can be read until the next entry is requested; what was not read by then is
   * skipped, and the stream is destroyed. A body need not be read at all.
   */
  readonly body: Readable;
  /**
   * Reads the whole body, the fast way for small files. Use either this or `body`, once.
   *
   * @throws LimitExceededError if the body is larger than `maxBytes`, by default 64 MiB
   */
  readonly bytes: (options?: { readonly maxBytes?: number | undefined }) => Promise<Buffer>;
}

/** Options of {@link read}. */
export interface ReadOptions extends AbortOptions {
  /** Skips the entries for which it returns false. */
  readonly filter?: ((header: TarHeader) => boolean) | undefined;
  /** Entries of the archive; more are a LimitExceededError. @default 1 000 000 */
  readonly maxEntries?: number | undefined;
  /** Bytes of the archive for each compressed byte; also applies to the holes of sparse files. @default what the format can reach */
  readonly maxRatio?: number | undefined;
  /** Bytes of the archive, with the holes of sparse files; more are a LimitExceededError. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}

const MAX_ENTRIES = 1_000_000;
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * Reads the entries of a tar one after the other, in constant memory. The compression is detected from the content. Iterate
 * once.
 *
 * The source is owned: it is destroyed when the iteration ends, breaks or fails. After the last entry it is read to its end,
 * so that a layer that verifies itself can fail. Iterate to the end if the bytes must be verified.
 *
 * @throws ArchiveInvalidError while iterating, if the data is not a tar or is truncated; a missing trailer is tolerated
 * @throws LimitExceededError while iterating, if a cap of the options is exceeded, or an extended header has more than 1 MiB
 */
export async function* read(
  source: TarSource,
  options: ReadOptions = {},
): AsyncGenerator<TarEntry, undefined> {
  const { filter, maxEntries = MAX_ENTRIES, maxRatio, maxBytes, signal } = options;
  const limits = { maxRatio, maxBytes, signal };
  const plain = await decompressed(streamOf(source), limits);
  for await (const entry of readTar(plain, { ...limits, maxEntries })) {
    const { header } = entry;
    if (filter !== undefined && !filter(header)) continue;
    yield {
      header,
      get body() {
        return entry.body;
      },
      bytes: async ({ maxBytes: maxBodyBytes = MAX_BODY_BYTES } = {}) => {
        if (header.size > maxBodyBytes)
          throw new LimitExceededError(
            `tar: the size of ${JSON.stringify(header.name)}`,
            maxBodyBytes,
            'maxBytes',
          );
        return entry.bytes();
      },
    };
  }
  return undefined;
}

function streamOf(source: TarSource): Readable {
  if (source instanceof Readable) return ignoreLateErrors(source);
  const chunks = source instanceof Uint8Array ? [Buffer.from(source)] : source;
  return ignoreLateErrors(Readable.from(chunks, { objectMode: false }));
}
