import { Readable } from 'node:stream';
import { type AbortOptions, orAborted } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { limiter } from '../../internal/async/limit.js';
import { markVerified } from '../../internal/streams/verified-mark.js';
import type { PlannedFile } from './plan.js';
import { heldTo } from './file-content.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

export interface ReadAheadOptions extends AbortOptions {
  /** Files read at the same time. */
  readonly jobs: number;
}

/** Reads small files of an archive before their turn, so that their latencies do not add up. */
export interface ReadAhead {
  /** The next file of the plan, with its content coming from memory if it was small enough. */
  next(): PlannedFile | undefined;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

/** A large file is worth a connection of its own, and no memory. */
const SMALL = 1024 * 1024;

/** Bytes held for files that are not written yet. */
const MOST_HELD = 8 * SMALL;

export function readAhead(files: readonly PlannedFile[], { jobs, signal }: ReadAheadOptions): ReadAhead {
  const stopped = new AbortController();
  const either = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
  const limit = limiter(jobs);
  const reads = new Map<PlannedFile, Promise<Uint8Array>>();
  let taken = 0;
  let looked = 0;
  let held = 0;

  const read = async (file: PlannedFile, open: OpenContent): Promise<Uint8Array> => {
    const options = { signal: either, maxBytes: file.size, subject: file.name };
    return limit(async () => collect(heldTo(file, await open({ signal: either })), options), {
      signal: either,
    });
  };
  const lookAhead = (): void => {
    for (
      let file = files[looked];
      file !== undefined && held < MOST_HELD;
      looked += 1, file = files[looked]
    ) {
      const { content, size } = file;
      if (size > SMALL || content instanceof Uint8Array) continue;
      held += size;
      const reading = read(file, content);
      // Its failure shows when its turn comes.
      reading.catch(() => undefined);
      reads.set(file, reading);
    }
  };

  return {
    next: () => {
      lookAhead();
      const file = files[taken];
      if (file === undefined) return undefined;
      taken += 1;
      looked = Math.max(looked, taken);
      const reading = reads.get(file);
      if (reading === undefined) return file;
      reads.delete(file);
      held -= file.size;
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

/** The bytes were held to the digest when they were read. */
function streamOf(bytes: Uint8Array, { blob }: PlannedFile): Readable {
  const stream = ignoreLateErrors(
    Readable.from(bytes.byteLength === 0 ? [] : [bytes], { objectMode: false }),
  );
  return blob === undefined ? stream : markVerified(stream, blob.digest);
}
