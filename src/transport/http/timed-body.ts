import { Readable } from 'node:stream';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';

/** How slow a sender may be while somebody waits for its bytes. */
export interface PaceLimits {
  /** Longest silence. */
  readonly idleTimeoutMs: number;
  /** Least average over `minRateWindowMs` of waiting. */
  readonly minBytesPerSecond: number;
  readonly minRateWindowMs: number;
}

export interface TimedBodyOptions extends PaceLimits {
  /** Turns an error of the source, or a lack of pace, into what the reader sees. */
  readonly onBroken: (error: unknown) => Error;
  readonly onTooSlow: (reason: string) => Error;
  /** Called once when the body is over, in whatever way. */
  readonly onClosed: () => void;
}

/**
 * Hands a source on and fails if the sender is too slow. Only the time in which the reader waits counts: a reader
 * that is slow itself never makes the body fail.
 */
export function timedBody(source: Readable, options: TimedBodyOptions): Readable {
  let waitingSince: number | undefined;
  let windowBytes = 0;
  let windowWaited = 0;
  let timer: NodeJS.Timeout | undefined;
  /** The reader has room. */
  let wanted = false;
  let ended = false;

  const stopWaiting = (now: number): void => {
    if (waitingSince === undefined) return;
    windowWaited += now - waitingSince;
    waitingSince = undefined;
    if (windowWaited < options.minRateWindowMs) return;
    const rate = (windowBytes / windowWaited) * 1000;
    windowBytes = 0;
    windowWaited = 0;
    if (rate < options.minBytesPerSecond) {
      body.destroy(
        options.onTooSlow(`the body came slower than ${options.minBytesPerSecond} bytes per second`),
      );
    }
  };

  const check = (): void => {
    timer = undefined;
    if (waitingSince === undefined || body.destroyed) return;
    const silent = performance.now() - waitingSince;
    if (silent >= options.idleTimeoutMs) {
      body.destroy(options.onTooSlow(`the body stalled for ${options.idleTimeoutMs} ms`));
    } else arm(options.idleTimeoutMs - silent);
  };
  const arm = (ms: number): void => {
    timer ??= setTimeout(check, Math.ceil(ms) + 1);
  };

  const move = (): void => {
    while (wanted && !body.destroyed) {
      const chunk = source.read() as Buffer | null;
      if (chunk === null) break;
      windowBytes += chunk.length;
      stopWaiting(performance.now());
      wanted = body.push(chunk);
    }
    if (!wanted || ended || body.destroyed) return;
    waitingSince ??= performance.now();
    arm(options.idleTimeoutMs);
  };

  const body = new Readable({
    highWaterMark: ONE_CHUNK,
    read() {
      wanted = true;
      // What is pushed while a chunk is being taken is glued to that.
      if (body.readableLength === 0) move();
      else queueMicrotask(move);
    },
    destroy(error, callback) {
      clearTimeout(timer);
      waitingSince = undefined;
      source.destroy();
      options.onClosed();
      callback(error);
    },
  });
  ignoreLateErrors(body);

  // The sender may break off before whoever asked has the body in hand.
  ignoreLateErrors(body);
  source.on('readable', move);
  source.once('end', () => {
    ended = true;
    clearTimeout(timer);
    body.push(null);
  });
  source.once('error', (error) => {
    body.destroy(options.onBroken(error));
  });
  source.once('close', () => {
    if (!ended) body.destroy(options.onBroken(undefined));
  });
  return body;
}
