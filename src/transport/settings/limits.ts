import { boundedInteger } from '../../internal/bounded-integer.js';
import type { RequestLimits } from '../wire/gate.js';

const MAX = 1_000_000;

/** @throws TypeError if a limit is out of range. */
export function checkLimits({ requestsPerSecond, maxConcurrentRequests }: RequestLimits): void {
  if (maxConcurrentRequests !== undefined)
    boundedInteger('maxConcurrentRequests', maxConcurrentRequests, 1, MAX);
  // A rate below one is allowed: 0.5 means one request in two seconds.
  const fits = requestsPerSecond === undefined || (requestsPerSecond >= 1e-3 && requestsPerSecond <= MAX);
  if (!fits) throw new TypeError(`\`requestsPerSecond\` must be a number from 0.001 to ${MAX}`);
}
