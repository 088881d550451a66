import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Clock } from '../../internal/async/clock.js';
import { boundedInteger } from '../../internal/bounded-integer.js';
import { publish } from './diagnostics.js';
import { networkErrorCode, isTimeout } from './network-error.js';

/** When a request is sent again after a temporary failure. */
export interface RetryOptions {
  /** The number of all attempts, from 1 to 100; 1 never retries. @default 5 */
  readonly attempts?: number | undefined;
  /** The first wait takes up to this long. Every further wait takes up to twice as long as the last. @default 500 */
  readonly baseDelayMs?: number | undefined;
  /** Longest wait between two attempts, unless the server asks for a longer one. @default 10_000 */
  readonly maxDelayMs?: number | undefined;
  /** If a server asks for a longer wait than this, the request fails at once. @default 60_000 */
  readonly maxRetryAfterMs?: number | undefined;
}

/** Retry options with their defaults. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxRetryAfterMs: number;
}

const HOUR = 3_600_000;

/** @throws TypeError if an option is out of range. */
export function resolveRetry(options: RetryOptions = {}): RetryPolicy {
  return {
    attempts: boundedInteger('retry.attempts', options.attempts ?? 5, 1, 100),
    baseDelayMs: boundedInteger('retry.baseDelayMs', options.baseDelayMs ?? 500, 0, HOUR),
    maxDelayMs: boundedInteger('retry.maxDelayMs', options.maxDelayMs ?? 10_000, 0, HOUR),
    maxRetryAfterMs: boundedInteger('retry.maxRetryAfterMs', options.maxRetryAfterMs ?? 60_000, 0, 24 * HOUR),
  };
}

/** A timeout is not retried after this much time, so that a request to a silent registry fails within a minute. */
const SILENCE_MS = 10_000;

/** Errors whose retries are used up. An enclosing call of {@link retrying} must not multiply the attempts. */
const exhausted = new WeakSet<Error>();

/**
 * Runs an operation until it succeeds, fails permanently, or has used up its attempts. The last error is thrown. Errors
 * other than a temporary `TransportError` are permanent.
 */
export async function retrying<T>(
  run: () => Promise<T>,
  { policy, clock, signal }: AbortOptions & { readonly policy: RetryPolicy; readonly clock: Clock },
): Promise<T> {
  const began = clock.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      const delayMs = delayAfter(error, { attempt, elapsedMs: clock.now() - began }, policy);
      if (delayMs === undefined) throw error;
      publish('retry', () => ({ attempt, delayMs, error: error as Error }));
      await clock.sleep(delayMs, { signal });
    }
  }
}

/** The wait, in milliseconds, before the next attempt; undefined if there is no further attempt. */
function delayAfter(
  error: unknown,
  { attempt, elapsedMs }: { readonly attempt: number; readonly elapsedMs: number },
  policy: RetryPolicy,
): number | undefined {
  if (!(error instanceof TransportError) || !error.temporary || exhausted.has(error)) return undefined;
  const requestedMs = error.retryAfterMs ?? 0;
  const timedOut = isTimeout(error) && elapsedMs >= SILENCE_MS;
  if (timedOut || attempt >= attemptsFor(error, policy) || requestedMs > policy.maxRetryAfterMs) {
    exhausted.add(error);
    return undefined;
  }
  // Full jitter: clients that failed at the same time do not retry at the same time.
  const ceiling = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return Math.max(requestedMs, Math.round(Math.random() * ceiling));
}

function attemptsFor(error: TransportError, { attempts }: RetryPolicy): number {
  const code = networkErrorCode(error) ?? '';
  // No server listens on the port. A restart takes only seconds, and a wrong port stays wrong.
  if (code === 'ECONNREFUSED') return Math.min(attempts, 3);
  // A server that does not speak HTTP rarely begins to do so.
  return code.startsWith('HPE_') ? Math.min(attempts, 2) : attempts;
}
