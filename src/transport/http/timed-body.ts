import { Readable } from 'node:stream';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { ONE_CHUNK } from '../../internal/streams/generated.js';

/** How slow a sender may be while the reader waits for its bytes. */
export interface PaceLimits {
  /** Longest time without a byte. */
  readonly idleTimeoutMs: number;
  /** Lowest average speed over `minRateWindowMs` of waiting. */
  readonly minBytesPerSecond: number;
  readonly minRateWindowMs: number;
}

export interface TimedBodyOptions extends PaceLimits {
  /** Returns the error that the reader gets if the source fails. */
  readonly onBroken: (error: unknown) => Error;
  /** Returns the error that the reader gets if the sender is too slow. */
  readonly onTooSlow: (reason: string) => Error;
  /** Called once when the body has ended, failed or was destroyed. */
  readonly onClosed: () => void;
}

/**
 * Passes on the bytes of a source, and fails if the sender is too slow. Only the time in which the reader waits counts,
 * so a slow reader never makes the body fail.
 */
export function timedBody(source: Readable, options: TimedBodyOptions): Readable {
  let waitingSince: number | undefined;
  let windowBytes = 0;
  let windowWaited = 0;
  let timer: NodeJS.Timeout | undefined;
  /** Whether the reader accepts more bytes. */
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
        options.onTooSlow(`the body was slower than ${options.minBytesPerSecond} bytes per second`),
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
      // A chunk that is pushed while the reader takes another one would be joined to it, which costs a copy.
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
  // The sender may break off before the caller has received the body.
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
