import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Clock } from '../../internal/async/clock.js';
import { boundedInteger } from '../../internal/bounded-integer.js';
import { publish } from './diagnostics.js';
import { errorCode, isSilence } from './network-error.js';

/** When a failed request is sent again. */
export interface RetryOptions {
  /** Attempts altogether; 1 never retries. @default 5 */
  readonly attempts?: number | undefined;
  /** The first wait is up to this long, every further one up to twice as long as the one before. @default 500 */
  readonly baseDelayMs?: number | undefined;
  /** @default 10_000 */
  readonly maxDelayMs?: number | undefined;
  /** A server that asks to wait longer than this makes the request fail at once. @default 60_000 */
  readonly maxRetryAfterMs?: number | undefined;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxRetryAfterMs: number;
}

const HOUR = 3_600_000;

/** @throws TypeError on options that make no sense. */
export function resolveRetry(options: RetryOptions = {}): RetryPolicy {
  return {
    attempts: boundedInteger('retry.attempts', options.attempts ?? 5, 1, 100),
    baseDelayMs: boundedInteger('retry.baseDelayMs', options.baseDelayMs ?? 500, 0, HOUR),
    maxDelayMs: boundedInteger('retry.maxDelayMs', options.maxDelayMs ?? 10_000, 0, HOUR),
    maxRetryAfterMs: boundedInteger('retry.maxRetryAfterMs', options.maxRetryAfterMs ?? 60_000, 0, 24 * HOUR),
  };
}

/** After this long, a server that says nothing is not asked again: a silent registry fails within a minute. */
const SILENCE_MS = 10_000;

/** Errors that were retried already: what encloses the call must not multiply its attempts. */
const exhausted = new WeakSet<Error>();

/** Runs until it succeeds, fails for good, or the attempts are used up; then the last error is thrown. */
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

/** The wait before the next attempt; undefined if there is none. */
function delayAfter(
  error: unknown,
  { attempt, elapsedMs }: { readonly attempt: number; readonly elapsedMs: number },
  policy: RetryPolicy,
): number | undefined {
  if (!(error instanceof TransportError) || !error.temporary || exhausted.has(error)) return undefined;
  const options = error.retryAfterMs ?? 0;
  const silent = isSilence(error) && elapsedMs >= SILENCE_MS;
  if (silent || attempt >= attemptsFor(error, policy) || options > policy.maxRetryAfterMs) {
    exhausted.add(error);
    return undefined;
  }
  // Full jitter: clients that failed together do not come back together.
  const ceiling = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return Math.max(options, Math.round(Math.random() * ceiling));
}

function attemptsFor(error: TransportError, { attempts }: RetryPolicy): number {
  const code = errorCode(error) ?? '';
  // Nobody listens: a restart takes seconds, a wrong port stays wrong.
  if (code === 'ECONNREFUSED') return Math.min(attempts, 3);
  // What is not HTTP rarely becomes it.
  return code.startsWith('HPE_') ? Math.min(attempts, 2) : attempts;
}
