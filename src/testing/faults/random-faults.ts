import { errorResponse, noResponse, tooManyRequests } from '../server/responses.js';
import type { Fault, FaultPlan } from './fault-plan.js';
import { seededRandom } from './seeded-random.js';
import { blackhole, cutAtFraction } from './toxic.js';

/** The probability of each fault per request, from 0 to 1. Their sum should not exceed 1. */
export interface RandomFaultOptions {
  /** The same seed chooses the same faults for the same sequence of requests. */
  readonly seed: number;
  /**
   * A TCP RST: before the request is forwarded, in the middle of a request or response body, or in place of the
   * response. @default 0
   */
  readonly reset?: number | undefined;
  /** A response 500, 502, 503 or 504; in half of the cases the target receives the request first. @default 0 */
  readonly serverError?: number | undefined;
  /** A response 429 with `Retry-After`. @default 0 */
  readonly tooManyRequests?: number | undefined;
  /** A response that stalls, before its headers or within the first 64 KiB of its body. @default 0 */
  readonly stall?: number | undefined;
  /** A response body that ends too early. @default 0 */
  readonly truncate?: number | undefined;
  /** The value of `Retry-After` in a response 429, in seconds. @default 1 */
  readonly retryAfterSeconds?: number | undefined;
}

/** A plan that injects random faults. It is reproducible by its seed. */
export function randomFaults(options: RandomFaultOptions): FaultPlan {
  const random = seededRandom(options.seed);
  const retryAfter = options.retryAfterSeconds ?? 1;
  const pick = <T>(choices: readonly [T, ...T[]]): T =>
    choices[Math.floor(random() * choices.length)] ?? choices[0];

  const kinds: readonly (readonly [number | undefined, () => Fault])[] = [
    [
      options.reset,
      () => {
        const at = cutAtFraction(random());
        return pick<Fault>([
          { name: 'reset before', response: noResponse('reset', { readRequest: 0 }) },
          { name: 'reset up', up: [at] },
          { name: 'reset down', down: [at] },
          { name: 'response lost', response: noResponse(), afterForwarding: true },
        ]);
      },
    ],
    [
      options.serverError,
      () => {
        const status = pick([500, 502, 503, 504]);
        return {
          name: String(status),
          response: errorResponse(status, 'UNKNOWN'),
          afterForwarding: random() < 0.5,
        };
      },
    ],
    [options.tooManyRequests, () => ({ name: '429', response: tooManyRequests(retryAfter) })],
    [
      options.stall,
      () =>
        pick<Fault>([
          { name: 'silence', response: { stallAfter: -1 } },
          { name: 'stall', down: [blackhole(Math.floor(random() * 64 * 1024))] },
        ]),
    ],
    [options.truncate, () => ({ name: 'truncation', down: [cutAtFraction(random(), 'fin')] })],
  ];

  return () => {
    let draw = random();
    for (const [probability = 0, fault] of kinds) {
      if (draw < probability) return fault();
      draw -= probability;
    }
    return undefined;
  };
}
