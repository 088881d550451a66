import { errorResponse, noResponse, tooManyRequests } from '../server/responses.js';
import type { Fault, FaultPlan } from './fault-plan.js';
import { seededRandom } from './seeded-random.js';
import { blackhole, cutAtFraction } from './toxic.js';

/** How likely each fault is, per request. */
export interface RandomFaultOptions {
  /** The same seed gives the same faults for the same order of requests. */
  readonly seed: number;
  /** An RST before the request is passed on, in the middle of a body either way, or in place of the answer. @default 0 */
  readonly reset?: number | undefined;
  /** 500, 502, 503 or 504. @default 0 */
  readonly serverError?: number | undefined;
  /** 429 with `Retry-After`. @default 0 */
  readonly tooManyRequests?: number | undefined;
  /** Silence, before or in the middle of the body. @default 0 */
  readonly stall?: number | undefined;
  /** A body that ends too early. @default 0 */
  readonly truncate?: number | undefined;
  /** What 429 asks to wait. @default 1 */
  readonly retryAfterSeconds?: number | undefined;
}

/** A plan that does random harm. */
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
          { name: 'answer lost', response: noResponse(), afterForwarding: true },
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
