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

/** Failures in a row with little progress after which a download is given up. */
const MAX_SETBACKS = 5;
/** The bytes that a connection has to bring to count as progress. */
const ENOUGH_PROGRESS = 64 * 1024;

/** Requests a blob from an offset on. The status of the response is 200, 206 or 416. */
export type OpenAt = (offset: number, options: AbortOptions) => Promise<SessionResponse>;

export interface ResumingBodyOptions extends AbortOptions {
  /** The name of the blob in error messages. */
  readonly subject: string;
  /** The bytes of the blob. Without it, a body is complete when it ends. */
  readonly size: number | undefined;
  readonly clock: Clock;
  /** The offset at which the stream begins, because its reader has the bytes before it. @default 0 */
  readonly start?: number | undefined;
  /** The offset before which the stream ends, because its reader needs no more. @default `size` */
  readonly end?: number | undefined;
  /** Called with the offset up to which the blob was read. */
  readonly onReached: (offset: number) => void;
  /** Called with the offset at which a broken download resumes. */
  readonly onResumed: (offset: number) => void;
}

/** The body of a response, and the offset in the blob at which it begins. */
export interface BlobPart {
  readonly body: Readable;
  readonly from: number;
}

/**
 * The bytes of a blob, over as many connections as necessary. If a body breaks, or ends before the size, the rest is
 * requested. If that response begins earlier than requested, the bytes that were read before are skipped.
 *
 * It gives up after five connections in a row that brought less than 64 KiB each. The caller verifies that the parts fit
 * together. The stream owns `first`.
 */
export function resumingBody(first: BlobPart, openAt: OpenAt, options: ResumingBodyOptions): Readable {
  const stopped = new AbortController();
  let current = first.body;
  let wake = (): void => undefined;
  let started = false;
  let reached = options.start ?? 0;
  const end = options.end ?? Infinity;

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

  const untilRead = async (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  /** Pushes the bytes of one body into the stream. The body begins at offset `from` of the blob. */
  const push = async (body: Readable, from: number): Promise<void> => {
    let position = from;
    // The stream allows its reader to free the chunks, but a custom HTTP client may keep the chunks that it yields.
    const copies = isDisposable(stream) && !isDisposable(body);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const known = Math.min(Math.max(reached - position, 0), chunk.length);
      const wanted = Math.min(chunk.length, end - position);
      position += chunk.length;
      if (known >= wanted) continue;
      reached = Math.min(position, end);
      options.onReached(reached);
      const fresh = known === 0 && wanted === chunk.length ? chunk : chunk.subarray(known, wanted);
      if (!stream.push(copies ? Buffer.from(fresh) : fresh)) await untilRead();
      if (stream.destroyed || reached >= end) return;
    }
  };

  const pump = async (): Promise<void> => {
    let { from } = first;
    let setbacks = 0;
    for (;;) {
      const start = reached;
      let cause: unknown;
      try {
        await push(current, from);
      } catch (error) {
        cause = error;
      }
      if (stream.destroyed) return;
      if (isComplete(reached, options.end ?? options.size, cause)) break;
      setbacks = reached - start >= ENOUGH_PROGRESS ? 0 : setbacks + 1;
      if (setbacks >= MAX_SETBACKS) throw brokenBody(options, reached, cause);
      await options.clock.sleep(pause(setbacks), { signal: stopped.signal });
      const next = await openRest(openAt, reached, options, stopped.signal);
      current = next.body;
      if (stopped.signal.aborted) {
        discard(current);
        return;
      }
      from = next.from;
      options.onResumed(reached);
    }
    stream.push(null);
  };
  return stream;
}

/** Opens the rest of a blob, or the complete blob if the registry does not send the rest. */
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
  // A wrong or refused range means that the object has changed: request it again from its start.
  const complete = await openAt(0, { signal });
  if (complete.status === 200) return { body: complete.body, from: 0 };
  discard(complete.body);
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

/** Milliseconds before the next connection: 0 after the first failure, then longer after each one. */
function pause(setbacks: number): number {
  return setbacks <= 1 ? 0 : Math.random() * 250 * 2 ** setbacks;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('aborted', { cause: error });
}
