import { Readable } from 'node:stream';
import { type AbortOptions, orAborted, firstSignal } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { limiter } from '../../internal/async/limit.js';
import { markVerified } from '../../internal/streams/verified-mark.js';
import type { PlannedFile } from './plan.js';
import { verifiedContent } from './file-content.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

export interface ReadAheadOptions extends AbortOptions {
  /** Number of files that are read at the same time. */
  readonly jobs: number;
}

/** Reads small files of an archive before their turn, so that their latencies do not add up. */
export interface ReadAhead {
  /** The next file of the plan; the content of a small file comes from memory. Undefined after the last file. */
  next(): PlannedFile | undefined;
  /** Aborts the reads that are running, and waits for their end. */
  stop(): Promise<void>;
}

/** Larger files are not read ahead: one connection at a time is enough for them, and they would take too much memory. */
const SMALL_FILE_BYTES = 1024 * 1024;

/** The maximum number of bytes that are held for files that are not written yet. */
const MAX_HELD_BYTES = 8 * SMALL_FILE_BYTES;

export function readAhead(files: readonly PlannedFile[], { jobs, signal }: ReadAheadOptions): ReadAhead {
  const stopped = new AbortController();
  const combined = firstSignal(signal, stopped.signal);
  const limit = limiter(jobs);
  const reads = new Map<PlannedFile, Promise<Uint8Array>>();
  let nextToTake = 0;
  let nextToRead = 0;
  let heldBytes = 0;

  const read = async (file: PlannedFile, open: OpenContent): Promise<Uint8Array> => {
    const options = { signal: combined, maxBytes: file.size, subject: file.name };
    return limit(async () => collect(verifiedContent(file, await open({ signal: combined })), options), {
      signal: combined,
    });
  };
  const lookAhead = (): void => {
    for (
      let file = files[nextToRead];
      file !== undefined && heldBytes < MAX_HELD_BYTES;
      nextToRead += 1, file = files[nextToRead]
    ) {
      const { content, size } = file;
      if (size > SMALL_FILE_BYTES || content instanceof Uint8Array) continue;
      heldBytes += size;
      const reading = read(file, content);
      // A failure is reported when the file's turn comes.
      reading.catch(() => undefined);
      reads.set(file, reading);
    }
  };

  return {
    next: () => {
      lookAhead();
      const file = files[nextToTake];
      if (file === undefined) return undefined;
      nextToTake += 1;
      nextToRead = Math.max(nextToRead, nextToTake);
      const reading = reads.get(file);
      if (reading === undefined) return file;
      reads.delete(file);
      heldBytes -= file.size;
      return {
        ...file,
        content: async (options) => streamOf(await orAborted(reading, options.signal), file),
      };
    },
    stop: async () => {
      stopped.abort();
      await Promise.allSettled(reads.values());
    },
  };
}

type OpenContent = Exclude<PlannedFile['content'], Uint8Array>;

/** A stream of bytes that were verified when they were read. */
function streamOf(bytes: Uint8Array, { blob }: PlannedFile): Readable {
  const stream = ignoreLateErrors(
    Readable.from(bytes.byteLength === 0 ? [] : [bytes], { objectMode: false }),
  );
  return blob === undefined ? stream : markVerified(stream, blob.digest);
}
