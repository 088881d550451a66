import { Readable } from 'node:stream';
import { isContainerError } from '../../errors/base.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { destroyOnAbort, discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import type { Clock } from '../../internal/async/clock.js';
import { inheritDisposable, isDisposable } from '../../internal/streams/disposable.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';
import type { SessionResponse } from '../../transport/session/session.js';
import { parseContentRange } from '../connection/content-range.js';

/** Asks for a blob from an offset on; the answer's status is 200, 206 or 416. */
export type OpenAt = (offset: number, options: AbortOptions) => Promise<SessionResponse>;

export interface ResumingBodyOptions extends AbortOptions {
  readonly subject: string;
  /** Bytes of the whole; without it a body that ends is complete. */
  readonly size: number | undefined;
  readonly clock: Clock;
  /** The byte to begin with: what is before it the reader has already. @default 0 */
  readonly start?: number | undefined;
  /** Told how far the blob was read. */
  readonly onReached: (offset: number) => void;
  /** Told where a body that broke goes on. */
  readonly onResumed: (offset: number) => void;
}

/** A body of a blob, and the offset in the blob at which it begins. */
export interface BlobPart {
  readonly body: Readable;
  readonly from: number;
}

/**
 * The bytes of a blob, over as many connections as it takes. A body that breaks, or ends before the
 * size, is asked for again from the byte where it broke; an answer that does not start there
 * is read from its own start and what was seen already is skipped.
 *
 * It gives up after five connections in a row that brought less than 64 KiB each. Whether the parts fit
 * together is for the caller to verify. The stream owns `first`.
 */
export function resumingBody(first: BlobPart, openAt: OpenAt, options: ResumingBodyOptions): Readable {
  const stopped = new AbortController();
  let current = first.body;
  let wake = (): void => undefined;
  let started = false;

  const stream = new Readable({
    highWaterMark: ONE_CHUNK,
    read() {
      wake();
      if (started) return;
      started = true;
      pump().catch((error: unknown) => stream.destroy(asError(error)));
    },
    destroy(error, callback) {
      unbind();
      stopped.abort(error);
      discard(current);
      wake();
      callback(error);
    },
  });
  ignoreLateErrors(stream);
  inheritDisposable(first.body, stream);
  const unbind = destroyOnAbort(stream, options.signal);

  const roomAgain = async (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  /** Passes one body on; gives the offset that it reached. */
  const pass = async (body: Readable, from: number, offset: number): Promise<number> => {
    let position = from;
    let reached = offset;
    // Clients of other makes may answer with what they keep.
    const keeps = isDisposable(stream) && !isDisposable(body);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const seen = Math.min(Math.max(reached - position, 0), chunk.length);
      position += chunk.length;
      if (seen === chunk.length) continue;
      reached = position;
      progress.reached = reached;
      options.onReached(reached);
      const fresh = seen === 0 ? chunk : chunk.subarray(seen);
      if (!stream.push(keeps ? Buffer.from(fresh) : fresh)) await roomAgain();
      if (stream.destroyed) return reached;
    }
    return reached;
  };
  const progress = { reached: options.start ?? 0 };

  const pump = async (): Promise<void> => {
    let { from } = first;
    let setbacks = 0;
    for (;;) {
      const start = progress.reached;
      let cause: unknown;
      try {
        await pass(current, from, start);
      } catch (error) {
        cause = error;
      }
      if (stream.destroyed) return;
      if (isComplete(progress.reached, options.size, cause)) break;
      setbacks = progress.reached - start >= ENOUGH_PROGRESS ? 0 : setbacks + 1;
      if (setbacks >= MOST_SETBACKS) throw brokenBody(options, progress.reached, cause);
      await options.clock.sleep(pause(setbacks), { signal: stopped.signal });
      const next = await openRest(openAt, progress.reached, options, stopped.signal);
      current = next.body;
      if (stopped.signal.aborted) {
        discard(current);
        return;
      }
      from = next.from;
      options.onResumed(progress.reached);
    }
    stream.push(null);
  };
  return stream;
}

/** Opens the rest, or failing that the whole. */
export async function openRest(
  openAt: OpenAt,
  offset: number,
  options: Pick<ResumingBodyOptions, 'subject' | 'size'>,
  signal: AbortSignal | undefined,
): Promise<BlobPart> {
  const response = await openAt(offset, { signal });
  if (response.status === 200) return { body: response.body, from: 0 };
  if (response.status === 206) {
    const range = parseContentRange(response.headers['content-range']);
    const fits =
      range?.first === offset &&
      (range.total === undefined || options.size === undefined || range.total === options.size);
    if (fits) return { body: response.body, from: offset };
  }
  discard(response.body);
  // A range that is wrong or refused says that the object is another one now: once more as a whole.
  const whole = await openAt(0, { signal });
  if (whole.status === 200) return { body: whole.body, from: 0 };
  discard(whole.body);
  throw brokenBody(options, offset, undefined);
}

function isComplete(reached: number, size: number | undefined, cause: unknown): boolean {
  return size === undefined ? cause === undefined : reached >= size;
}

function brokenBody(
  { subject, size }: Pick<ResumingBodyOptions, 'subject' | 'size'>,
  reached: number,
  cause: unknown,
): Error {
  if (isContainerError(cause) && !(cause instanceof TransportError)) return cause;
  const of = size === undefined ? '' : ` of ${size}`;
  return new TransportError(`${subject}: the download broke after ${reached}${of} bytes`, {
    ...(cause !== undefined && { cause }),
    temporary: true,
  });
}

/** Milliseconds before the next connection: none at first, then longer and longer. */
function pause(setbacks: number): number {
  return setbacks <= 1 ? 0 : Math.random() * 250 * 2 ** setbacks;
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('aborted', { cause: error });

const MOST_SETBACKS = 5;
const ENOUGH_PROGRESS = 64 * 1024;
