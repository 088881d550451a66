import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/async/abort.js';
import { lazyTar } from '../internal/tar/lazy-tar.js';
import type { TarHeader } from '../internal/tar/format/header.js';

/** An entry to write. Everything except the name has a default; the header of an entry that was read can be used. */
export interface WrittenEntry extends Partial<Omit<TarHeader, 'name'>>, Pick<TarHeader, 'name'> {
  /** The content of a file. A stream needs `size`, and is owned. */
  readonly body?: Readable | Uint8Array | string | undefined;
}

/** Options of {@link write}. */
export interface WriteOptions extends AbortOptions {
  /** Bytes of the archive; more are a LimitExceededError. @default no limit */
  readonly maxBytes?: number | undefined;
}

/**
 * Writes a plain tar, in the order of the entries. Nothing about the machine gets into it: fields that an entry does not have
 * are 0, and the mode is 0644. So the same entries give the same bytes, which are those of Go's `archive/tar`.
 *
 * Nothing is requested from `entries` before the stream is read. The caller owns the stream.
 *
 * @throws SizeMismatchError through the stream, if a body does not have its `size`
 * @throws ArchiveInvalidError through the stream, if the format cannot hold a header
 */
export function write(
  entries: Iterable<WrittenEntry> | AsyncIterable<WrittenEntry>,
  options: WriteOptions = {},
): Readable {
  return lazyTar(async (tar) => {
    for await (const { body, ...header } of entries)
      await tar.add(header, typeof body === 'string' ? Buffer.from(body) : body);
  }, options);
}
